"""A file, or a ZIP of files, as blocks of bytes: bounded, nothing is ever unpacked to disk, and no name inside is trusted."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
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
#: Bytes of a member that are unpacked to see how it begins.
_BEGINNING = 1 << 16


class Counted:
    """Blocks on their way to the parser: how many lines they had (whatever ends them), and how the document began."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._first: bytes | None = None
        self.count = 1

    @cached_property
    def beginning(self) -> bytes:
        """The first 64 KiB, before or after they passed."""
        self._first = next(self._blocks, b"")
        return self._first[:_BEGINNING]

    def __iter__(self) -> Iterator[bytes]:
        crs = b"\x00" not in self.beginning[:64]  # in UTF-16 a zero stands between CR and LF
        was_cr = False
        for block in self._rest():
            self.count += block.count(b"\n")
            if crs and b"\r" in block:
                self.count += block.count(b"\r") - block.count(b"\r\n")
            self.count -= was_cr and block.startswith(b"\n")
            was_cr = crs and block.endswith(b"\r")
            yield block

    def _rest(self) -> Iterator[bytes]:
        first, self._first = self._first, None
        if first:
            yield first
        del first  # nobody holds a block that has passed
        yield from self._blocks


@dataclass(frozen=True, slots=True)
class Member:
    """One document: its place for messages (never the name inside an archive) and its bytes."""

    place: Place
    blocks: Iterator[bytes]

    def counted(self) -> Counted:
        """Its bytes, with their lines counted as they pass."""
        return Counted(self.blocks)


def beginning_of(beginning: bytes) -> bytes:
    """How the document begins, in UTF-8: the file's own beginning, or that of the first member when it is a ZIP."""
    if beginning.startswith(ZIP):
        method, flags = int.from_bytes(beginning[8:10], "little"), int.from_bytes(beginning[6:8], "little")
        start = 30 + int.from_bytes(beginning[26:28], "little") + int.from_bytes(beginning[28:30], "little")
        packed = beginning[start:]
        if flags & 1:
            return b""
        if method == zipfile.ZIP_DEFLATED:
            try:
                beginning = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _BEGINNING)
            except zlib.error:
                return b""
        else:
            beginning = packed if method == zipfile.ZIP_STORED else b""
    return beginning.decode("utf-16", "ignore").encode() if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"} else beginning


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
