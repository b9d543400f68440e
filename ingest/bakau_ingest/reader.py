"""What a reader of a file format is: it turns bytes into chunks of text columns that know their physical lines.

A reader knows its format and nothing of money, accounts or mappings. Readers are entry points of the group ``bakau.readers``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

from bakau.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakau_ingest.texts import Texts


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
    """How a delimited file is written, as far as the mapping says so; None means: find out."""

    delimiter: str | None = None
    encoding: str | None = None
    quoted: bool = True
    header: tuple[str, ...] | None = None


class OpenFile(Protocol):
    """A file whose header was read."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of its columns, in order, distinct."""

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order, `wanted` columns only, those in `coded` dictionary-encoded. Raises FileError when the file breaks off."""


class Reader(Protocol):
    """A format."""

    #: Name and version: part of a batch's identity, raised when the same bytes would give other records.
    label: str

    def open(self, path: Path, form: Form) -> OpenFile:
        """Look at the beginning of a file. Raises FileError when it is not of this format."""


def get_reader(name: str = "delimited") -> Reader:
    """The reader of that name; MappingError when there is none."""
    for entry in entry_points(group="bakau.readers"):
        if entry.name == name:
            return cast("Reader", entry.load()())
    raise MappingError(f"no reader {name!r}")
