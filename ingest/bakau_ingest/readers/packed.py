"""A file, or a ZIP of files, as blocks of bytes: bounded, nothing is ever unpacked to disk, and no name inside is trusted."""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import FileError, Place
from bakau_ingest.streams import COMPRESSED, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZIP = b"PK\x03\x04"
#: A member may unpack to at most this many times its packed size, an archive hold at most so many members; defaults of ours.
RATIO, MEMBERS = 100, 10_000
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
        from bakau_ingest.streams import ByteSource

        yield Member(place, ByteSource(path).raw_blocks())
    else:
        yield Member(place, _read(path))


def _read(path: Path) -> Iterator[bytes]:
    with pa.OSFile(str(path), "rb") as stream:  # closes itself, whoever drops the reader half way
        while block := stream.read(_BLOCK):
            yield block


def _unzip(path: Path, place: Place) -> Iterator[Member]:
    try:
        with pa.OSFile(str(path), "rb") as stream, zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MEMBERS:
                raise FileError(f"holds more than {MEMBERS} files", at=place)
            for entry in entries:
                _check(entry, place)
            for entry in entries:
                yield Member(place, _inflate(archive, entry, place))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FileError("is a damaged or encrypted ZIP archive", hint="unpack it yourself and look at it", at=place) from error


def _check(entry: zipfile.ZipInfo, place: Place) -> None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise FileError("holds a file that would leave its folder (zip slip)", hint="ask the sender for a clean archive", at=place)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileError("holds a symbolic link", hint="ask the sender for the file itself", at=place)
    if entry.file_size > max(SMALL, RATIO * entry.compress_size):
        raise _bomb(place)


def _bomb(place: Place) -> FileError:
    return FileError(f"unpacks to more than {RATIO} times its size", hint="unpack it yourself and look at it", at=place)


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Place) -> Iterator[bytes]:
    """The bytes of a member; what its entry says of its size is not believed."""
    total = 0
    with archive.open(entry) as stream:
        while block := stream.read(_BLOCK):
            total += len(block)
            if total > max(SMALL, RATIO * entry.compress_size):
                raise _bomb(place)
            yield block
