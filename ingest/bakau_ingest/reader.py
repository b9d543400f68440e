"""What a reader of a file format is: it turns bytes into chunks of text columns that know their physical lines.

A reader knows its format and nothing of accounts, surrogates or mappings. Readers are entry points of the group ``bakau.readers``.
A reader of a table (CSV, a spreadsheet) takes its columns from the file. A reader of messages flattens them into records with a
fixed, documented header; a shipped mapping of the same name as the reader says what those columns mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from bakau.entries import list_entries
from bakau.errors import FileError, MappingError, Place
from bakau_ingest.streams import peek

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakau_ingest.texts import Texts


#: More columns than any table of payments has; a default of ours.
MOST_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A record the reader could not take apart: its first line, the column where known, why, and the shape of what stood there."""

    line: int
    column: str
    code: str
    reason: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records: one `Texts` per wanted column, the physical line of each record's first character, and what was broken."""

    columns: dict[str, Texts]
    lines: npt.NDArray[np.int64]
    broken: tuple[Broken, ...]

    @property
    def received(self) -> int:
        """Source records in this chunk, broken ones included."""
        return len(self.lines) + len(self.broken)


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is written, as far as the mapping says so; None means: find out."""

    delimiter: str | None = None
    encoding: str | None = None
    quoted: bool = True
    header: tuple[str, ...] | None = None
    #: Line (or row of a sheet) with the column names, from 1; None: the first that holds anything.
    header_line: int | None = None
    sheet: str | None = None

    @property
    def lines_before(self) -> int:
        """Physical lines that stand before the header."""
        return (self.header_line or 0) if self.header is not None else (self.header_line or 1) - 1


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """A statement that stands in a file: whose (account and kind of number, in clear, for this process alone), which number, of which day.

    Without a number (None) it says only that it was there.
    """

    account: str
    number: int | None
    day: str
    what: str


class OpenFile(Protocol):
    """A file whose header was read."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of its columns, in order, distinct."""

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Why the file is not the whole of what it says it is (sums, balances, numbers missing); known once all chunks were read."""

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order, `wanted` columns only, those in `coded` dictionary-encoded. Raises FileError when the file breaks off.

        Memory is bounded by the chunk, never by the file.
        """


class Match(IntEnum):
    """How sure a reader is that a file is of its format."""

    NO = 0
    #: Could be: nothing speaks against it (text with separators).
    MAYBE = 1
    #: It is: a signature, a root element, a first block that no other format has.
    SURE = 2


class Reader(Protocol):
    """A format."""

    #: Name and version: part of a batch's identity, raised when the same bytes would give other records.
    label: str

    def sniff(self, beginning: bytes, name: str) -> Match:
        """Is a file of that name that begins so (unpacked, up to 64 KiB) of this format? Never raises."""

    def open(self, path: Path, form: Form) -> OpenFile:
        """Look at the beginning of a file. Raises FileError when it is not of this format."""


#: The reader that is asked when none is sure: it says what is wrong with the file.
FALLBACK = "delimited"


@cache
def _installed() -> dict[str, EntryPoint]:
    """Readers by name; asking what is installed takes longer than looking at a file."""
    return {entry.name: entry for entry in list_entries("bakau.readers")}


def list_readers() -> tuple[str, ...]:
    """Names of the installed readers, sorted."""
    return tuple(sorted(_installed()))


def get_reader(name: str = FALLBACK) -> Reader:
    """The reader of that name; MappingError when there is none."""
    entry = _installed().get(name)
    if entry is None:
        raise MappingError(f"no reader {name!r}", hint=f"readers: {', '.join(list_readers())}")
    return cast("Reader", entry.load()())


def recognise(path: Path) -> tuple[str, ...]:
    """Names of the readers that are surest about this file, best guess only: one as a rule, none when nobody knows it.

    Raises FileError when the file cannot be read at all.
    """
    beginning = peek(path)
    graded = {name: get_reader(name).sniff(beginning, path.name) for name in list_readers()}
    best = max(graded.values(), default=Match.NO)
    return tuple(name for name, match in graded.items() if match == best and match is not Match.NO)


def may_lack_columns(opened: OpenFile) -> bool:
    """True for a format whose records name only what they have (JSON): a column that no record has is empty, not a mistake."""
    return bool(getattr(opened, "is_sparse", False))


def statements_of(opened: OpenFile) -> tuple[StatementSeen, ...]:
    """The statements of a file of messages, known once all chunks were read; a table has none."""
    return tuple(getattr(opened, "statements", ()))


def choose_reader(path: Path, name: str | None) -> Reader:
    """The reader `name`, or the one that recognises the file; FileError when several are as sure."""
    if name is not None:
        return get_reader(name)
    found = recognise(path)
    if len(found) > 1:
        hint = "say `reader: NAME` in the mapping"
        raise FileError(f"could be of several formats: {', '.join(found)}", hint=hint, at=Place(str(path)))
    return get_reader(found[0] if found else FALLBACK)
