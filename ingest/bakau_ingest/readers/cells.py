"""From rows of a spreadsheet or of records to chunks: the header, texts by the column, and records set aside.

Shared by the readers of XLSX, ODS and JSON lines. A cell is text as the file has it; a number of a spreadsheet is a double and becomes
the shortest text that is the same double; a date becomes ISO 8601.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from itertools import dropwhile, islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import FileError, Place
from bakau.logs import shape_of
from bakau_ingest.reader import MOST_COLUMNS, Broken, Chunk
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

#: Records that become one chunk.
ROWS = 1 << 14
#: Doubles hold every whole number up to here; a longer number has lost digits before it came to us.
EXACT = 1e15
#: From the first to below the second Arrow writes a double as Python does: shortest, without an exponent.
_PLAIN = (1e-4, 1e10)
#: Rows that are turned into columns at a time.
_BLOCK = 256

Row = tuple[int, "Sequence[object]"]


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that has no value to take: its column (from 0), the reason code and the reason."""

    column: int
    code: str
    reason: str


FORMULA_WITHOUT_VALUE = ("formula_without_value", "a formula whose result was not saved; open the file, calculate and save it")
ERROR_CELL = ("error_cell", "a formula that ends in an error")
INEXACT = ("inexact_number", "a number longer than a spreadsheet holds exactly; it must be stored as text")


@dataclass(slots=True)
class SheetFile:
    """One table of a spreadsheet. `rows` starts again at each call; `bad` says which cells of a row (by its number) have no value."""

    place: Place
    rows: Callable[[], Iterator[Row]]
    header_line: int | None = None
    bad: Mapping[int, BadCell] = field(default_factory=dict)
    incomplete: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    chunk_rows: int = ROWS
    _first: int = 0

    def __post_init__(self) -> None:
        for line, cells in self.rows():
            if (self.header_line is None and any(cell not in {"", None} for cell in cells)) or line == self.header_line:
                self.header, self._first = name_columns(cells, self.place), line
                return
        raise FileError("has no header line", hint="is the first line of the table a line of column names?", at=self.place)

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order. See `bakau_ingest.reader.OpenFile`."""
        chosen = {name: place for place, name in enumerate(self.header) if name in wanted}
        rows = dropwhile(lambda row: row[0] <= self._first, self.rows())
        while True:
            seen, lines, broken = 0, list[int](), list[Broken]()
            columns: dict[str, list[object]] = {name: [] for name in chosen}
            for block in _in_blocks(rows, self.chunk_rows):
                seen += len(block)
                numbers, cells = self._to_columns(block, broken)
                lines += numbers
                for name, place in chosen.items():
                    columns[name] += cells[place]
            if not seen:
                return
            chunk = _to_chunk(lines, columns, broken, coded)
            if chunk.received:
                yield chunk

    def _to_columns(self, block: list[Row], broken: list[Broken]) -> tuple[Sequence[int], Sequence[Sequence[object]]]:
        """Numbers of the rows that are records, and every column of them; what is wrong with others is added to `broken`."""
        width = len(self.header)
        lines, rows = zip(*block, strict=True)
        columns = list(zip(*rows, strict=False)) if set(map(len, rows)) == {width} else []
        if columns and self.bad.keys().isdisjoint(lines) and any(map(_is_filled, columns)):
            return lines, columns
        numbers, kept = self._sort_out(block, broken)
        return numbers, list(zip(*kept, strict=False)) if kept else [()] * width

    def _sort_out(self, batch: list[Row], broken: list[Broken]) -> tuple[list[int], list[Sequence[object]]]:
        """Row by row: which are records, each as wide as the header, and which are none or broken."""
        width = len(self.header)
        lines: list[int] = []
        kept: list[Sequence[object]] = []
        for line, cells in batch:
            fault = self.bad.get(line)
            if fault is not None:
                name = self.header[fault.column] if fault.column < width else ""
                broken.append(Broken(line, name, fault.code, fault.reason))
            elif len(cells) > width and any(cell != "" for cell in cells[width:]):
                broken.append(Broken(line, "", "ragged_row", f"more cells than the {width} columns of the header"))
            elif cells.count("") < len(cells):  # a row without any value is no record
                lines.append(line)
                kept.append(cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))])
        return lines, kept


def _in_blocks(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    """At most that many rows, few at a time: they are gone before the garbage collector looks, and lie in the processor's cache."""
    some = islice(rows, most)
    while block := list(islice(some, _BLOCK)):
        yield block


def _to_chunk(lines: list[int], columns: Mapping[str, list[object]], broken: list[Broken], coded: set[str]) -> Chunk:
    """Records as a chunk; those with a number that has lost digits go to the broken ones."""
    kinds = {name: set(map(type, column)) for name, column in columns.items()}
    inexact = _find_inexact(columns, kinds)
    for row, name in inexact.items():
        broken.append(Broken(lines[row], name, *INEXACT, shape_of(str(columns[name][row]))))
    numbers, good = np.array(lines, np.int64), None
    if inexact:
        good = np.array([row for row in range(len(lines)) if row not in inexact], np.int64)
        numbers = numbers[good]
    made = {name: to_texts(column, is_coded=name in coded, rows=good, kinds=kinds[name]) for name, column in columns.items()}
    return Chunk(made, numbers, tuple(sorted(broken, key=lambda one: one.line)))


def _is_filled(column: Sequence[object]) -> bool:
    """Says every row something here? Then no row is empty."""
    return column.count("") == 0


def name_columns(cells: Sequence[object], place: Place) -> tuple[str, ...]:
    """Column names from a header line; a column without one is called by its letter. FileError when a name stands twice."""
    texts = [to_text(cell).strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    names = [text or f"column {letters_of(number)}" for number, text in enumerate(texts)]
    if len(names) > MOST_COLUMNS:
        raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=place)
    twice = sum(count > 1 for count in Counter(names).values())
    if twice:
        raise FileError(f"{twice} column name(s) stand more than once in the header", hint="rename the columns in the file", at=place)
    return tuple(names)


def letters_of(number: int) -> str:
    """The letters of a column as a spreadsheet shows them, from 0."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def to_texts(
    column: Sequence[object],
    *,
    is_coded: bool,
    rows: npt.NDArray[np.int64] | None = None,
    kinds: set[type] | None = None,
) -> Texts:
    """A column of cells as text; `rows`: only those; `kinds`: the types of the cells, where they are known."""
    array = _to_array(column, set(map(type, column)) if kinds is None else kinds)
    if rows is not None:
        array = array.take(pa.array(rows))
    return Texts.of(array.dictionary_encode() if is_coded else array)


def _to_array(column: Sequence[object], kinds: set[type]) -> pa.StringArray:
    """The same as `to_text` for each, faster where all cells are of one kind."""
    if kinds <= {str}:
        return pa.array(column, pa.string())
    if kinds == {float}:
        return _write_numbers(np.array(column, np.float64))
    if kinds == {dt.datetime}:
        written = pc.replace_substring(pa.array(column, pa.timestamp("ms")).cast(pa.string()), " ", "T")
        return pc.replace_substring_regex(written, r"\.000$", "")
    return pa.array([cell if cell.__class__ is str else to_text(cell) for cell in column], pa.string())


def _write_numbers(numbers: npt.NDArray[np.float64]) -> pa.StringArray:
    """Each as its shortest text, without ``.0``."""
    sizes = np.abs(numbers)
    if ((sizes < _PLAIN[0]) & (sizes != 0)).any() or not (sizes < _PLAIN[1]).all():
        return pa.array([repr(number).removesuffix(".0") for number in numbers.tolist()], pa.string())
    return pc.replace_substring_regex(pa.array(numbers).cast(pa.string()), r"\.0$", "")


def to_text(cell: object) -> str:
    """A cell as text: shortest number, ISO date, ``true`` or ``false``; nothing for an empty one."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _find_inexact(columns: Mapping[str, Sequence[object]], kinds: Mapping[str, set[type]]) -> dict[int, str]:
    """Rows with a double that has lost digits, and the column it stands in."""
    found: dict[int, str] = {}
    for name, column in columns.items():
        if float in kinds[name]:
            numbers = column if kinds[name] == {float} else [cell if isinstance(cell, float) else 0.0 for cell in column]
            for row in np.flatnonzero(np.abs(np.array(numbers, np.float64)) >= EXACT).tolist():
                found.setdefault(row, name)
    return found
