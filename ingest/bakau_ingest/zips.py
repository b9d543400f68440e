"""ZIP files from outside: looked into before anything of them is unpacked. A spreadsheet is one, too.

Refused: pictures, films and sounds inside, archives in archives, names that leave the folder, links, passwords, entries that lie over
each other, and whatever unpacks to far more than it is.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import FileError, Place
from bakau_ingest.signatures import SignatureKind, find_signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: An entry may unpack to at most this many times its size once it exceeds SMALL bytes; defaults of ours.
RATIO, SMALL = 100, 1 << 20
#: Most entries, and most bytes of the list of them.
MOST_ENTRIES, LONGEST_LIST = 20_000, 8 << 20
_PIECE = 1 << 16
_MEDIA_NAMES = re.compile(
    r"\.(jpe?g|jxl|jp2|png|apng|gif|webp|tiff?|bmp|ico|psd|xcf|heic|heif|avif|svgz?|emf|wmf|mp4|m4v|mov|qt|mkv|webm|avi|mpe?g|ts|wmv|asf|flv|3gp|3g2|mp3|"
    r"aac|m4a|wav|aiff?|flac|ogg|opus|oga|ogv|amr|silk|mid|caf|wma)$",
    re.IGNORECASE,
)


@contextmanager
def open_zip(path: Path, *, most: int = MOST_ENTRIES, small: int = SMALL, look_inside: bool = True) -> Iterator[zipfile.ZipFile]:
    """A ZIP file in which nothing of the above was found. FileError with the reason otherwise.

    `most` entries; below `small` bytes a proportion says nothing. Without `look_inside` no entry is unpacked: for a file that was
    looked into before.
    """
    place = Place(str(path))
    with _plain_errors(place):
        _check_list(path, most)
        # Arrow's file closes itself, whoever drops the archive half way
        with pa.OSFile(str(path), "rb") as stream, zipfile.ZipFile(stream) as archive:
            _check_entries(archive, place, small)
            if look_inside:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        _check_content(archive, entry, place)
            yield archive


@contextmanager
def _plain_errors(place: Place) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, struct.error, RuntimeError, ValueError, IndexError) as error:
        raise FileError("is a ZIP archive that cannot be read: damaged or cut off", hint="fetch it again", at=place) from error
    except OSError as error:
        raise FileError("cannot be read to its end", hint="fetch it again", at=place) from error


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Place, *, small: int = SMALL) -> Iterator[bytes]:
    """The bytes of an entry, piece by piece, however large it says it is. FileError when damaged, or when they grow out of proportion."""
    total = 0
    with _plain_errors(place), archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            total += len(piece)
            _check_size(entry, total, place, small)
            yield piece


def _check_size(entry: zipfile.ZipInfo, size: int, place: Place, small: int) -> None:
    if size > small and size > RATIO * max(entry.compress_size, 1):
        raise FileError(f"unpacks to more than {RATIO} times its size", hint="unpack it yourself and look at it", at=place)


def _check_list(path: Path, most: int) -> None:
    """The list of entries, before the library reads all of it into memory."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 16) - 64))
        tail = stream.read()
    spot = tail.rfind(b"PK\x05\x06")
    if spot < 0 or len(tail) < spot + 22:
        raise zipfile.BadZipFile
    count, length = struct.unpack("<HI", tail[spot + 10 : spot + 16])
    if count > most or length > LONGEST_LIST or tail[max(0, spot - 20) : spot].startswith(b"PK\x06\x07"):
        raise FileError(
            f"is a ZIP archive with more than {most} entries, or one of more than 4 GB",
            hint="unpack it and load its files",
            at=Place(str(path)),
        )


def _check_entries(archive: zipfile.ZipFile, place: Place, small: int) -> None:
    end = 0
    for entry in sorted(archive.infolist(), key=lambda one: one.header_offset):
        name = entry.filename
        if re.search(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f]", name):
            raise FileError("is an archive with a name that leads out of it", hint="it was made to do harm, or is damaged", at=place)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FileError("is an archive with a link in it", hint="pack the files themselves", at=place)
        if entry.flag_bits & 1:
            raise FileError("is protected by a password: nobody can see what is in it", hint="save it without one", at=place)
        if entry.header_offset < end:
            raise FileError("is an archive whose entries lie over each other: made to do harm", at=place)
        end = entry.header_offset + entry.compress_size
        _check_size(entry, entry.file_size, place, small)


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Place) -> None:
    with archive.open(entry) as stream:
        found = find_signature(stream.read(_PIECE if entry.file_size > 512 else 512))
    if (found is not None and found.kind.is_media) or _MEDIA_NAMES.search(entry.filename):
        what = found.name if found is not None else "a picture, film or sound"
        raise FileError(
            f"holds {what}: content is never taken in",
            hint="save the figures alone, without pictures or attachments (for example as CSV)",
            at=place,
        )
    if found is not None and found.kind in (SignatureKind.ZIP, SignatureKind.ARCHIVE, SignatureKind.PROGRAM):
        raise FileError(f"is an archive with {found.name} in it", hint="unpack it and load its files", at=place)
