"""A file, or a ZIP of files, as blocks of bytes: bounded, nothing is ever unpacked to disk, and no name inside is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import Place
from bakau_ingest.streams import COMPRESSED, ByteSource, stamp_of
from bakau_ingest.zips import open_zip, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZIP = b"PK\x03\x04"
#: An archive holds at most so many messages; a default of ours.
MEMBERS = 10_000
#: Below this size a ratio says nothing: a short text of spaces packs a thousandfold.
SMALL = 1 << 16
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One document: its place for messages (never the name inside an archive) and its bytes."""

    place: Place
    blocks: Iterator[bytes]


def members_of(path: Path) -> Iterator[Member]:
    """The documents of a file: itself, what gzip or zstd hold, or each member of a ZIP in its order. FileError when it is not safe."""
    stamp_of(path)
    place = Place(str(path))
    with path.open("rb") as stream:
        beginning = stream.read(4)
    if beginning.startswith(ZIP):
        yield from _unzip(path, place)
    elif beginning.startswith(tuple(magic for magic, _ in COMPRESSED)):
        yield Member(place, ByteSource(path).raw_blocks())
    else:
        yield Member(place, _read(path))


def _read(path: Path) -> Iterator[bytes]:
    with pa.OSFile(str(path), "rb") as stream:  # closes itself, whoever drops the reader half way
        while block := stream.read(_BLOCK):
            yield block


def _unzip(path: Path, place: Place) -> Iterator[Member]:
    with open_zip(path, most=MEMBERS, small=SMALL, look_inside=False) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield Member(place, read_entry(archive, entry, place, small=SMALL))
