"""ODS: values only, one cell after another and never the whole sheet. Numbers keep the digits the file has.

Formulas give the result that was saved with them. A row or cell that says it is repeated is repeated only as far as it holds anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from bakau.errors import FileError, Place
from bakau_ingest.reader import MOST_COLUMNS, Match
from bakau_ingest.readers.cells import ERROR_CELL, FORMULA_WITHOUT_VALUE, ROWS, BadCell, SheetFile
from bakau_ingest.readers.xlsx import choose_sheet
from bakau_ingest.readers.xml import make_parser
from bakau_ingest.zips import open_zip, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_ingest.reader import Form
    from bakau_ingest.readers.cells import Row

_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
#: A row with anything in it may say that it is repeated so often; a default of ours.
MOST_REPEATED = 1_000
#: Characters in one cell, and rows of a sheet.
_LONGEST, _MOST_ROWS = 1 << 16, 1 << 20
_TABLE, _OFFICE, _TEXT = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("table", "office", "text"))


class OdsReader:
    """Reads OpenDocument spreadsheets."""

    label = "ods/1"

    def __init__(self, *, chunk_rows: int = ROWS) -> None:
        self._chunk_rows = chunk_rows

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure of a ZIP file that says first that it is one."""
        return Match.SURE if beginning.startswith(b"PK\x03\x04") and _TYPE in beginning[:200] else Match.NO

    def open(self, path: Path, form: Form) -> SheetFile:
        """Find the sheets and the cells without value. FileError when it is no such file, hostile, or leaves the choice of sheet open."""
        place = Place(str(path))
        sheets: dict[str, bool] = {}
        bad: dict[str, dict[int, BadCell]] = {}
        for sheet, number, cells, fault in _read(path, place):
            sheets[sheet] = sheets.get(sheet, False) or any(cells)
            if fault is not None:
                bad.setdefault(sheet, {}).setdefault(number, fault)
        name = choose_sheet([one for one, filled in sheets.items() if filled], form.sheet, list(sheets), place)

        def rows() -> Iterator[Row]:
            return ((number, cells) for sheet, number, cells, _ in _read(path, place) if sheet == name)

        return SheetFile(place, rows, form.header_line, bad.get(name, {}), chunk_rows=self._chunk_rows)


_Found = tuple[str, int, list[str], "BadCell | None"]


@dataclass(slots=True)
class _Walk:
    """Where the parser is: sheet, row, cell; finished rows wait in `found`."""

    place: Place
    found: list[_Found] = field(default_factory=list)
    sheet: str = ""
    number: int = 0
    repeat_row: int = 1
    cells: list[str] = field(default_factory=list)
    empty: int = 0
    fault: BadCell | None = None
    said: dict[str, str] | None = None
    paragraphs: list[str] = field(default_factory=list)
    in_text: int = 0
    aside: int = 0

    def begin(self, name: str, said: dict[str, str]) -> None:
        """An element begins."""
        if name == f"{_OFFICE} annotation":
            self.aside += 1
        elif name == f"{_TABLE} table":
            self.sheet, self.number = said.get(f"{_TABLE} name", ""), 0
        elif name == f"{_TABLE} table-row":
            self.repeat_row, self.cells, self.empty, self.fault = _count(said.get(f"{_TABLE} number-rows-repeated")), [], 0, None
        elif name in {f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"}:
            self.said, self.paragraphs = said, []
        elif name == f"{_TEXT} p" and self.said is not None and not self.aside:
            self.in_text += 1
            self.paragraphs.append("")
        elif self.in_text and name == f"{_TEXT} s":
            self.text(" " * min(_count(said.get(f"{_TEXT} c")), _LONGEST))

    def text(self, piece: str) -> None:
        """Text of a paragraph."""
        if self.in_text and not self.aside:
            self.paragraphs[-1] += piece
            if len(self.paragraphs[-1]) > _LONGEST:
                raise FileError("has a cell longer than any cell is", at=self.place)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == f"{_OFFICE} annotation":
            self.aside -= 1
        elif name == f"{_TEXT} p" and self.in_text and not self.aside:
            self.in_text -= 1
        elif name in {f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"} and self.said is not None:
            self._end_cell(self.said)
            self.said = None
        elif name == f"{_TABLE} table-row":
            self._end_row()

    def _end_cell(self, said: dict[str, str]) -> None:
        repeat, value = _count(said.get(f"{_TABLE} number-columns-repeated")), self._value(said)
        column = len(self.cells) + self.empty
        if f"{_TABLE} formula" in said and self.fault is None:
            if not self.paragraphs and not value and f"{_OFFICE} value-type" not in said:
                self.fault = BadCell(column, *FORMULA_WITHOUT_VALUE)
            elif value.startswith(("#", "Err:")):
                self.fault = BadCell(column, *ERROR_CELL)
        if not value:
            self.empty += repeat  # counted, and made only when something follows
            return
        if column + repeat > MOST_COLUMNS:
            raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=self.place)
        self.cells += [""] * self.empty + [value] * repeat
        self.empty = 0

    def _value(self, said: dict[str, str]) -> str:
        kind = said.get(f"{_OFFICE} value-type")
        if kind in {"float", "percentage", "currency"}:
            return said.get(f"{_OFFICE} value", "")
        if kind == "date":
            return said.get(f"{_OFFICE} date-value", "")
        if kind == "boolean":
            return said.get(f"{_OFFICE} boolean-value", "")
        return said.get(f"{_OFFICE} string-value") or "\n".join(self.paragraphs)

    def _end_row(self) -> None:
        filled = bool(self.cells) or self.fault is not None
        if filled:
            if self.repeat_row > MOST_REPEATED or self.number + self.repeat_row > _MOST_ROWS:
                raise FileError(f"has a row that is repeated more than {MOST_REPEATED} times", hint="it was made to do harm", at=self.place)
            self.found += [(self.sheet, self.number + one, self.cells, self.fault) for one in range(1, self.repeat_row + 1)]
        elif not self.number:
            self.found.append((self.sheet, 1, [], None))
        self.number += self.repeat_row


def _count(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else 1


def _read(path: Path, place: Place) -> Iterator[_Found]:
    """Sheet, row number, cells and fault of every row that holds anything."""
    with open_zip(path) as archive:
        try:
            entry = archive.getinfo("content.xml")
        except KeyError:
            raise FileError("is not an ODS spreadsheet", hint="save it as .ods, or export it as CSV", at=place) from None
        walk = _Walk(place)
        parser = _make_parser(walk)
        try:
            for piece in read_entry(archive, entry, place):
                parser.Parse(piece, False)  # noqa: FBT003 - its own signature
                found, walk.found = walk.found, []
                yield from found
            parser.Parse(b"", True)  # noqa: FBT003 - as above
        except expat.ExpatError as error:
            raise FileError("is a spreadsheet that cannot be read: damaged or cut off", hint="fetch it again", at=place) from error
        yield from walk.found


def _make_parser(walk: _Walk) -> expat.XMLParserType:
    def refuse(*_: object) -> NoReturn:
        raise FileError("has a document type, which no spreadsheet has", hint="it was made to do harm", at=walk.place)

    parser = make_parser(refuse, separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = walk.begin, walk.end, walk.text
    return parser
