"""XLSX: values only. Formulas give the result that was saved with them; macros, links and pictures are never looked at.

calamine reads the cells. What it cannot say (a formula without a result, a cell with an error, a table made to fill the memory) is
found beforehand on the bytes, while every part of the file is unpacked once and measured.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import FileError, Place
from bakau_ingest.reader import MOST_COLUMNS, Match
from bakau_ingest.readers.cells import ERROR_CELL, FORMULA_WITHOUT_VALUE, ROWS, BadCell, SheetFile
from bakau_ingest.zips import open_zip, read_entry

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from bakau_ingest.reader import Form
    from bakau_ingest.readers.cells import Row

#: Cells of a sheet, empty ones inside its frame included, and bytes of text in it; defaults of ours.
MOST_CELLS, MOST_TEXT = 1 << 26, 1 << 30
#: So many cells of a frame may be empty for each one that is not, once the frame is large.
_SPARSE, _SMALL_FRAME = 50, 1 << 20
_PIECE = 1 << 20
_EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)
_ERROR = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=[\"']e[\"'][^>]*)>")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_A, _C, _E, _F, _R, _T, _ZERO = map(np.uint8, b"Acefrt0")
_EQUALS, _OPENS, _CLOSES, _COLON, _BLANK, _SLASH = map(np.uint8, b"=<>: /")
_QUOTES, _LETTERS, _DIGITS = tuple(map(np.uint8, b"\"'")), np.uint8(26), np.uint8(10)
#: Letters and digits of a cell's reference that are looked at.
_LONGEST_REFERENCE = 10
_PLACELESS = re.compile(rb"<(?:\w+:)?c(?=[\s/>])(?![^>]*\br=)")
_ROW = re.compile(rb"<(?:\w+:)?row\b(?:[^>]*?\br=[\"'](\d{1,7})[\"'])?")
_LONG_TEXT = 2_000


@dataclass(slots=True)
class _Survey:
    """What was seen of a sheet before it is read."""

    cells: int = 0
    columns: int = 0
    rows: int = 0
    bad: dict[int, BadCell] = field(default_factory=dict)
    indexes: Counter[bytes] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What stands where in a piece of a sheet: references behind ``r="``, how many tags of cells begin, formulas and errors (may be)."""

    octets: npt.NDArray[np.uint8]
    references: npt.NDArray[np.int64]
    cells: int
    has_formula: bool
    has_error: bool

    @classmethod
    def of(cls, text: bytes) -> _Marks:
        """Look at every ``=`` and at every ``<`` and ``:`` once: a tag begins with one of them, with a prefix or without."""
        octets = np.frombuffer(text + b" " * 16, np.uint8)
        equals = np.flatnonzero(octets[1:-14] == _EQUALS)
        quoted = equals[(octets[equals + 2] == _QUOTES[0]) | (octets[equals + 2] == _QUOTES[1])]
        said = octets[quoted]
        begins = np.flatnonzero((octets[:-15] == _OPENS) | (octets[:-15] == _COLON))
        names, after = octets[begins + 1], octets[begins + 2]
        cells = (names == _C) & ((after == _BLANK) | (after == _CLOSES) | (after == _SLASH))
        has_error = bool((octets[quoted[said == _T] + 3] == _E).any())
        return cls(octets, quoted[said == _R] + 3, int(cells.sum()), bool((names == _F).any()), has_error)


class XlsxReader:
    """Reads Office Open XML workbooks (XLSX, XLSM)."""

    label = "xlsx/1"

    def __init__(self, *, chunk_rows: int = ROWS) -> None:
        self._chunk_rows = chunk_rows

    def sniff(self, beginning: bytes, name: str) -> Match:
        """Sure of a ZIP file that begins with the parts of a workbook."""
        if not beginning.startswith(b"PK\x03\x04"):
            return Match.NO
        looks = b"xl/" in beginning or (b"[Content_Types].xml" in beginning and name.lower().endswith((".xlsx", ".xlsm")))
        return Match.SURE if looks else Match.NO

    def open(self, path: Path, form: Form) -> SheetFile:
        """Look at the whole workbook and read one sheet. FileError when it is none, hostile, or leaves the choice of sheet open."""
        from python_calamine import CalamineError, CalamineWorkbook

        place = Place(str(path))
        surveys = _survey(path, place)
        try:
            with CalamineWorkbook.from_path(str(path)) as book:
                shown = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible") and sheet.name in surveys]
                name = choose_sheet([one for one in shown if surveys[one].cells], form.sheet, list(surveys), place)
                sheet = book.get_sheet_by_name(name)
        except (CalamineError, ValueError, OSError) as error:
            raise FileError("is a workbook that cannot be read: damaged, or protected by a password", at=place) from error
        blank = [""] * (sheet.start or (0, 0))[1]

        def rows() -> Iterator[Row]:
            # calamine gives every row from the first of the sheet on, but only the columns from the first one used
            cells = sheet.iter_rows()
            return enumerate(cells if not blank else ([*blank, *row] for row in cells), 1)

        return SheetFile(place, rows, form.header_line, surveys[name].bad, chunk_rows=self._chunk_rows)


def choose_sheet(filled: list[str], asked: str | None, known: list[str], place: Place) -> str:
    """The sheet to read: the one asked for, or the only one with anything in it. FileError when the choice is open."""
    if asked is not None:
        if asked not in known:
            raise FileError(f"has no sheet {asked!r}", hint=f"it has {', '.join(known)}", at=place)
        return asked
    if not filled:
        raise FileError("has no sheet with anything in it", at=place)
    if len(filled) > 1:
        raise FileError(f"has {len(filled)} sheets", hint=f"say which: `sheet: NAME` in the mapping, one of {', '.join(filled)}", at=place)
    return filled[0]


def _survey(path: Path, place: Place) -> dict[str, _Survey]:
    """Unpack every part once: sizes, DTDs, frames, formulas and errors; a survey per sheet, by its name."""
    with open_zip(path) as archive:
        parts = {entry.filename: entry for entry in archive.infolist()}
        sheets = _name_sheets(archive, parts, place)
        long = _measure_texts(archive, parts.get("xl/sharedStrings.xml"), place)
        known = {part: name for name, part in sheets.items()}
        found = {}
        for part, entry in parts.items():
            if part in known:
                found[known[part]] = _survey_sheet(archive, entry, place, counting=bool(long))
            elif part.endswith((".xml", ".rels")):
                for piece in read_entry(archive, entry, place):
                    _refuse_dtd(piece, place)
    for survey in found.values():
        frame = survey.rows * survey.columns
        too_long = sum(count * long.get(number, 0) for number, count in survey.indexes.items()) > MOST_TEXT
        if too_long or frame > MOST_CELLS or frame > max(_SMALL_FRAME, _SPARSE * survey.cells):
            raise FileError("has a sheet that would fill the memory with nothing", hint="it was made to do harm, or is damaged", at=place)
        if survey.columns > MOST_COLUMNS:
            raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=place)
    return found


def _refuse_dtd(piece: bytes, place: Place) -> None:
    declared = b"!" in piece and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece)  # one byte is looked for several times as fast
    if declared or piece.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in piece[:64]:
        raise FileError("has a document type or an encoding that no workbook has", hint="it was made to do harm", at=place)


def _name_sheets(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], place: Place) -> dict[str, str]:
    """Sheet name → part of the archive, from the workbook and its relations."""
    texts = []
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if part not in parts:
            raise FileError("is not an XLSX workbook", hint="save it as .xlsx, or export it as CSV", at=place)
        body = b"".join(read_entry(archive, parts[part], place))
        _refuse_dtd(body, place)
        texts.append(body.decode("utf-8", "replace"))
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", texts[1]):
        said = dict(re.findall(r"\b(Id|Target)=[\"']([^\"']*)[\"']", tag))
        target = unescape(said.get("Target", ""))
        targets[said.get("Id", "")] = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", texts[0]):
        name, relation = re.search(r"\bname=(?:\"([^\"]*)\"|'([^']*)')", tag), re.search(r":id=[\"']([^\"']*)[\"']", tag)
        if name and relation and targets.get(relation[1]) in parts:
            found[unescape(name[1] or name[2] or "")] = targets[relation[1]]
    return found


def _measure_texts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None, place: Place) -> dict[bytes, int]:
    """Number → bytes of the long ones among the shared texts: few texts used in many cells could fill the memory."""
    long: dict[bytes, int] = {}
    number, rest = 0, b""
    if entry is None:
        return long
    for piece in read_entry(archive, entry, place):
        _refuse_dtd(piece, place)
        *items, rest = re.split(rb"</(?:\w+:)?si>", rest + piece)
        if len(rest) > _PIECE * 4:
            raise FileError("has a text longer than any cell holds", at=place)
        for item in items:
            if len(item) > _LONG_TEXT:
                long[str(number).encode()] = len(item)
            number += 1
    return long


def _survey_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Place, *, counting: bool) -> _Survey:
    survey, rest = _Survey(), b""
    for piece in chain(_join(read_entry(archive, entry, place)), repeat(b"", 1)):
        _refuse_dtd(piece, place)
        text = rest + piece
        cut = max(text.rfind(b"c>") + 2, text.rfind(b"row>") + 4, 4) if piece else len(text)
        text, rest = text[:cut], text[cut:]
        if len(rest) > _PIECE * 4:
            raise FileError("has a cell longer than any cell is", at=place)
        seen, before = _Marks.of(text), survey.cells
        _measure(seen, survey)
        if seen.cells > survey.cells - before:
            _measure_placeless(text, survey)
        if seen.has_formula:
            _note(text, _EMPTY_FORMULA, FORMULA_WITHOUT_VALUE, survey, place)
        if seen.has_error:
            _note(text, _ERROR, ERROR_CELL, survey, place)
        if counting:
            survey.indexes.update(re.findall(rb"<(?:\w+:)?v>(\d+)</", text))
    return survey


def _join(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if len(held) * len(piece) >= _PIECE:
            yield b"".join(held)
            held = []
    if held:
        yield b"".join(held)


def _note(text: bytes, pattern: re.Pattern[bytes], why: tuple[str, str], survey: _Survey, place: Place) -> None:
    for found in pattern.finditer(text):
        if why is FORMULA_WITHOUT_VALUE and re.search(rb"\bt=[\"']str[\"']", found[1]) and found[0].rstrip().endswith(b"</"):
            continue  # the saved result is an empty text
        where = _REFERENCE.search(found[1])
        if where is None:
            raise FileError(f"{why[1]}, in a cell that does not say where it is", at=place)
        survey.bad.setdefault(int(where[2]), BadCell(_column_of(where[1]), *why))


def _column_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _measure_placeless(text: bytes, survey: _Survey) -> None:
    """Add cells that do not say where they are, as some programs write them: each stands behind the one before it in its row."""
    starts = [found.start() for found in _ROW.finditer(text)]
    for begin, end in pairwise([0, *starts, len(text)]):
        cells = len(_PLACELESS.findall(text, begin, end))
        survey.cells, survey.columns = survey.cells + cells, max(survey.columns, cells)
    named = max((int(found[1]) for found in _ROW.finditer(text) if found[1]), default=0)
    survey.rows = max(survey.rows + len(starts), named)


def _measure(seen: _Marks, survey: _Survey) -> None:
    """Add the cells of a piece to the frame: the largest row and column that any reference names."""
    octets, marks = seen.octets, seen.references
    letters, digits = np.zeros(len(marks), np.int8), np.zeros(len(marks), np.int8)
    column, row = np.zeros(len(marks), np.int64), np.zeros(len(marks), np.int64)
    for place in range(_LONGEST_REFERENCE):
        here = octets[marks + place]
        is_letter = (here - _A < _LETTERS) & (letters == place)
        is_digit = (here - _ZERO < _DIGITS) & (letters + digits == place)
        if not is_letter.any() and not is_digit.any():
            break
        column = np.where(is_letter, column * 26 + here - 64, column)
        row = np.where(is_digit, row * 10 + here - 48, row)
        letters += is_letter
        digits += is_digit
    cells = (letters >= 1) & (row > 0)
    survey.cells += int(cells.sum())
    if cells.any():
        survey.columns, survey.rows = max(survey.columns, int(column[cells].max())), max(survey.rows, int(row[cells].max()))
