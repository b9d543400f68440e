"""From a path to a stream of UTF-8 bytes: opening, magic bytes, decompression, transcoding, limits."""

from __future__ import annotations

import codecs
import stat
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import BakauError, FileError, Place
from bakau_ingest.signatures import PEEK, find_signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPRESSED: tuple[tuple[bytes, str], ...] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
MARKS: tuple[tuple[bytes, str], ...] = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

#: Encodings that may be asked for, by any common spelling, and how Python calls them.
ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "ascii": "utf-8", "utf-16": "utf-16-le", "utf16": "utf-16-le",
    "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be", "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-1": "latin-1",
    "latin-1": "latin-1", "iso-8859-15": "iso8859-15",
}  # fmt: skip

#: Bytes read at a time.
READ_SIZE = 4 << 20
#: What was read of a compressed file may unpack to at most this many times its size once it exceeds BOMB_SIZE bytes; defaults of ours.
BOMB_RATIO, BOMB_SIZE = 100, 8 << 20


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Bytes that mean nothing become a lone surrogate, which is written as an invalid byte: the record is then rejected by line."""
    return "\udc80", error.end if isinstance(error, UnicodeDecodeError) else 0


codecs.register_error("bakau-mark", _mark)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file changed while it was read."""

    size: int
    modified_ns: int
    inode: int


def stamp_of(path: Path) -> Stamp:
    """Size, time and inode of a regular file; FileError when it is anything else."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise FileError("no such file", at=Place(str(path))) from None
    except (OSError, ValueError) as error:
        raise FileError(f"cannot be opened ({getattr(error, 'strerror', None) or 'bad name'})", at=Place(str(path))) from error
    if stat.S_ISDIR(status.st_mode):
        raise FileError("is a directory", hint="give a mapping that covers a directory, or one of its files", at=Place(str(path)))
    if not stat.S_ISREG(status.st_mode):
        raise FileError("is not a regular file", hint="save it to disk first", at=Place(str(path)))
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def first_bytes(path: Path) -> bytes:
    """The first `PEEK` bytes of a regular file; FileError as `stamp_of`, or when it may not be read."""
    stamp_of(path)
    try:
        with path.open("rb") as stream:
            return stream.read(PEEK)
    except OSError as error:
        raise FileError("cannot be opened for reading", hint="check its permissions", at=Place(str(path))) from error


def unpack(first: bytes) -> bytes | None:
    """What a file that begins so begins with once unpacked; None when it is not packed, or damaged (its reader will say so)."""
    packed = _name_of(first, COMPRESSED)
    try:
        if packed == "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(first, PEEK)
        return None if packed is None else bytes(pa.CompressedInputStream(pa.BufferReader(first), packed).read(PEEK))
    except (zlib.error, OSError, pa.ArrowInvalid):
        return None


def peek(path: Path) -> bytes:
    """The beginning of a regular file, unpacked when it is gzip or zstd; shorter or empty when that is all. FileError as `first_bytes`."""
    first = first_bytes(path)
    unpacked = unpack(first)
    return first if unpacked is None else unpacked


def weigh_line(path: Path) -> float:
    """Bytes of a line at the beginning of a file; nothing when it cannot be said."""
    try:
        beginning = peek(path)
    except BakauError:
        return 0.0
    lines = beginning.count(b"\n")
    return len(beginning) / lines if lines else 0.0


class ByteSource:
    """A regular file as UTF-8 bytes: what it is packed in and written in is found by its first bytes, or as asked."""

    def __init__(self, path: Path, encoding: str | None = None, *, skip_lines: int = 0) -> None:
        self.path, self._skip_lines = path, skip_lines
        self.place = Place(str(path))
        stamp_of(path)
        with self._opened() as stream:
            first = stream.read(PEEK)
        if not first:
            raise FileError("is empty", at=self.place)
        self._compression = _name_of(first, COMPRESSED)
        if self._compression:
            first = b"".join(self._raw(PEEK, limit=PEEK))
            if not first:
                raise FileError("is empty once unpacked", at=self.place)
        foreign = find_signature(first)
        if foreign:
            raise FileError(f"is {foreign.name}, not delimited text", hint="export it as CSV", at=self.place)
        self.encoding = self._choose_encoding(first, encoding)

    def _opened(self) -> pa.NativeFile:
        try:
            return pa.OSFile(str(self.path), "rb")
        except (OSError, ValueError) as error:
            raise FileError("cannot be opened for reading", hint="check its permissions", at=self.place) from error

    def _choose_encoding(self, first: bytes, asked: str | None) -> str:
        if asked is not None and asked.lower() not in ENCODINGS:
            raise FileError(f"encoding {asked!r} is not one we read", hint=", ".join(sorted(ENCODINGS)), at=self.place)
        marked = _name_of(first, MARKS)
        if marked:
            return marked
        if asked is not None:
            return ENCODINGS[asked.lower()]
        if b"\x00" in first.partition(b"\n")[0]:
            raise FileError(
                "holds NUL bytes in its first line: not delimited text", hint="if it is UTF-16, say --encoding utf-16", at=self.place
            )
        return "utf-8"

    def blocks(self, size: int = READ_SIZE) -> Iterator[bytes]:
        """The whole file as UTF-8 bytes, without byte order mark and without the lines to skip, about `size` bytes at a time.

        Raises FileError when it cannot be read or unpacked to its end.
        """
        skip = self._skip_lines
        for block in self._decoded(size):
            rest = block
            while skip and rest:
                _, feed, rest = rest.partition(b"\n")
                skip -= bool(feed)
            if rest:
                yield rest

    def _decoded(self, size: int) -> Iterator[bytes]:
        decoder = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)("bakau-mark")
        is_first = True
        for raw in self._raw(size):
            block = raw if decoder is None else decoder.decode(raw).encode("utf-8", "surrogateescape")
            if is_first:
                block, is_first = block.removeprefix(codecs.BOM_UTF8), False
            if block:
                yield block
        if decoder is not None:
            yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")

    def raw_blocks(self) -> Iterator[bytes]:
        """The whole file unpacked, in whatever encoding it is. Raises FileError as `blocks`."""
        return self._raw(READ_SIZE)

    def _raw(self, size: int, limit: int | None = None) -> Iterator[bytes]:
        total = 0
        try:
            with self._opened() as file:
                stream = pa.CompressedInputStream(file, self._compression) if self._compression else file
                while block := stream.read(size):
                    total += len(block)
                    if self._compression and total > max(BOMB_SIZE, BOMB_RATIO * file.tell()):
                        raise FileError(
                            f"unpacks to more than {BOMB_RATIO} times its size", hint="unpack it yourself and look at it", at=self.place
                        )
                    yield block
                    if limit is not None and total >= limit:
                        return
        except (OSError, pa.ArrowInvalid) as error:
            raise FileError("cannot be read to its end: damaged or cut off", hint="fetch it again", at=self.place) from error


def _name_of(first: bytes, table: tuple[tuple[bytes, str], ...]) -> str | None:
    return next((name for magic, name in table if first.startswith(magic)), None)
