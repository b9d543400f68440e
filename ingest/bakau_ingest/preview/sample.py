"""The beginning of a file, taken apart as far as that goes without a mapping: format, encoding, delimiter, header, first records."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import FileError, Place
from bakau_ingest.content import refuse_content
from bakau_ingest.preview.names import read_name
from bakau_ingest.reader import FALLBACK, Form, get_reader, recognise
from bakau_ingest.readers.cells import SheetFile, to_text
from bakau_ingest.readers.delimited import DELIMITERS
from bakau_ingest.streams import ByteSource

if TYPE_CHECKING:
    from pathlib import Path

#: Records looked at, and lines among which the header is looked for.
RECORDS, HEADER_LINES = 10_000, 40
_BEGINNING = 1 << 18


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found; `cells` holds the first records column by column, `whole` says whether that is all of them."""

    reader: str
    form: Form
    header: tuple[str, ...]
    cells: dict[str, list[str]]
    lines: tuple[int, ...]
    whole: bool


def take_sample(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Sample:
    """Look at a file nobody has described. FileError when it is content, damaged, or no table."""
    refuse_content(path)
    found = recognise(path)
    if len(found) > 1:
        raise FileError(f"could be of several formats: {', '.join(found)}", at=Place(str(path)))
    reader = found[0] if found else FALLBACK
    form = _find_form(path, encoding) if reader == "delimited" else _find_row(path, reader, Form(sheet=sheet))
    opened = get_reader(reader).open(path, form)
    cells: dict[str, list[str]] = {name: [] for name in opened.header}
    lines: list[int] = []
    whole = True
    for chunk in opened.read_chunks(set(opened.header), set()):
        if len(lines) >= RECORDS:
            whole = False
            break
        everything = np.arange(len(chunk.lines))
        for name in opened.header:
            cells[name] += chunk.columns[name].take(everything)
        lines += chunk.lines.tolist()
    kept = {name: values[:RECORDS] for name, values in cells.items()}
    return Sample(reader, form, opened.header, kept, tuple(lines[:RECORDS]), whole and len(lines) <= RECORDS)


def without_totals(sample: Sample) -> dict[str, list[str]]:
    """The cells without rows that hold far less than the others (totals, remarks): they say nothing about a column.

    Such a row is still a record: it is counted, and rejected if it is no payment.
    """
    rows = list(zip(*sample.cells.values(), strict=True))
    filled = [sum(map(bool, row)) for row in rows]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    kept = [row for row, count in zip(rows, filled, strict=True) if count * 2 >= usual]
    columns = list(zip(*kept, strict=True)) or [()] * len(sample.header)
    return {name: list(values) for name, values in zip(sample.header, columns, strict=True)}


def _find_form(path: Path, encoding: str | None) -> Form:
    chosen = encoding
    first = next(ByteSource(path, encoding).blocks(), b"")[:_BEGINNING]
    if encoding is None:
        try:
            first[: max(first.rfind(b"\n"), 0) or None].decode("utf-8")
        except UnicodeDecodeError:
            chosen = "windows-1252"
            first = next(ByteSource(path, chosen).blocks(), b"")[:_BEGINNING]
    text = first.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")[:400]
    delimiter = max(DELIMITERS, key=lambda mark: _evenness(lines, mark))
    rows = list(csv.reader(lines[:HEADER_LINES], delimiter=delimiter))
    header = find_header(rows)
    return Form(delimiter, chosen, header_line=header if header > 1 else None)


def _evenness(lines: list[str], mark: str) -> tuple[int, int]:
    """How many lines have the same number of fields, more than one, with this delimiter; then how many fields."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if len(row) > 1)
    except csv.Error:
        return 0, 0
    width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    return count, width


def _find_row(path: Path, reader: str, form: Form) -> Form:
    opened = get_reader(reader).open(path, form)
    if not isinstance(opened, SheetFile):
        return form
    rows: list[list[str]] = []
    for line, cells in islice(opened.rows(), HEADER_LINES):
        rows += [[] for _ in range(line - len(rows) - 1)]
        rows.append([to_text(cell).strip() for cell in cells])
    header = find_header(rows)
    first = next((number for number, row in enumerate(rows, 1) if any(row)), 1)
    return Form(sheet=form.sheet, header_line=header if header != first else None)


def find_header(rows: list[list[str]]) -> int:
    """The line (from 1) that looks most like column names: words, all different, as wide as what follows, known to us."""
    widths = Counter(_width(row) for row in rows if _width(row) > 1)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)

    def grade(number: int) -> tuple[int, int, int]:
        names = [cell.strip() for cell in rows[number] if cell.strip()]
        if len(names) < 2 or len(set(names)) < len(names):
            return 0, 0, -number
        words = sum(not any(mark.isdigit() for mark in name) for name in names)
        known = sum(read_name(name) is not None for name in names)
        fits = abs(_width(rows[number]) - usual) <= 1 or len(names) >= usual
        return (known + words if fits else 0), len(names), -number

    return max(range(len(rows)), key=grade, default=0) + 1


def _width(row: list[str]) -> int:
    return max((number for number, cell in enumerate(row, 1) if cell.strip()), default=0)
