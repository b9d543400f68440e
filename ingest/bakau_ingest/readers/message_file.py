"""A file of messages, alone or in a ZIP: its documents one after the other, lines counted through, records in chunks.

What one document says is for its format to read (`ReadDocument`); ISO 20022, SWIFT MT, OFX and the reports received share the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bakau_ingest.reader import Broken
from bakau_ingest.readers.collected import Records
from bakau_ingest.readers.packed import members_of
from bakau_ingest.readers.payments import HEADER
from bakau_ingest.readers.sums import Said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau.errors import Place
    from bakau_ingest.reader import Chunk, StatementSeen
    from bakau_ingest.readers.collected import Record
    from bakau_ingest.readers.packed import Counted


class ReadDocument(Protocol):
    """Reads the `number`-th document of a file (from 1) and tells `said` what it does not keep. FileError when it is none of its format."""

    def __call__(self, blocks: Counted, place: Place, number: int, said: Said, /) -> Iterator[tuple[Record | Broken, int]]:
        """Records and broken ones, each with its line within the document."""


class MessageFile:
    """One file of messages; nothing is read before `read_chunks`."""

    def __init__(self, path: Path, size: int, read: ReadDocument, header: tuple[str, ...] = HEADER, *, sparse: bool = False) -> None:
        """`size`: records of a chunk; `sparse`: most records say little of the columns of `header`."""
        self._path, self._size, self._read, self.header, self._sparse = path, size, read, header, sparse
        self._said = Said()

    @property
    def incomplete(self) -> tuple[str, ...]:
        """What the file does not keep of its own promises, and what no row can say. See `bakau_ingest.reader.OpenFile`."""
        return self._said.texts

    @property
    def statements(self) -> tuple[StatementSeen, ...]:
        """The statements in it. See `bakau_ingest.reader.statements_of`."""
        return self._said.statements

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order; lines of a ZIP's members are counted through. See `bakau_ingest.reader.OpenFile`."""
        self._said = Said()
        records = Records(wanted, coded, self._size, self.header, sparse=self._sparse)
        before = 0
        for number, member in enumerate(members_of(self._path), 1):
            lines = member.counted()
            for found, line in self._read(lines, member.place, number, self._said):
                if isinstance(found, Broken):
                    records.add_broken(replace(found, line=before + line))
                else:
                    records.add(found, before + line)
                yield from records.full()
            before += lines.count
        yield from records.rest()
