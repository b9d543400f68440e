"""No content, ever: pictures, films, sounds and what may hide them are refused at the door, whatever a file is called.

Bakau holds payments. It never holds media, hashes of media or chat content, so a refused file leaves nothing behind, not even its
hash. A field with a picture in it (a data URI, a long run of base64) sets its record aside.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import FileError, Place
from bakau_ingest.signatures import SignatureKind, find_signature, load_signatures
from bakau_ingest.streams import first_bytes, unpack
from bakau_ingest.texts import lengths_of, octets_of, offsets_of
from bakau_ingest.zips import open_zip

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau_ingest.texts import Flags

#: A run of this many characters of base64 is content, not a reference (the longest: a transaction's hash, an extended key of 111);
#: a default of ours.
LONGEST_RUN = 256
#: Shorter values are not looked at for pictures: one of 40 bytes shows nothing.
_SHORT_PICTURE = 64
#: A run of base64 that says anything has at least so many different letters (hexadecimal has sixteen).
_LETTERS = 12
#: Runs broken into lines, as mail programs write them.
_WRAPPED = r"(?:[A-Za-z0-9+/]{40,}=*\s+){4}"
_DATA_URI = r"(?i)\bdata(:|%3a)([a-z]+(/|%2f)[a-z0-9.+-]+)?((;|%3b)[a-z0-9=_.\"-]+)*(;|%3b)base64|\bdata(:|%3a)(image|video|audio|application|text|font|model)(/|%2f)"
#: A film's box of base64: three zero bytes, its size, ``ftyp``.
_FILM = "AAAA[A-Za-z0-9+/]GZ0eX"


def refuse_content(path: Path) -> None:
    """FileError when a file is a picture, film or sound, holds one, or is an archive that nobody reads here.

    Call it before anything else looks at the file. Packed files are looked into: gzip and zstd as streams, ZIP entry by entry.
    """
    place = Place(str(path))
    first = first_bytes(path)
    for depth in range(3):
        found = find_signature(first)
        if found is not None and found.kind.is_media:
            raise FileError(f"is {found.name}: content is never taken in, and nothing of it was kept", hint=_HINT, at=place)
        if found is not None and found.kind is SignatureKind.ARCHIVE:
            hint = "unpack it where content may be looked at, and give the tables in it"
            raise FileError(f"is {found.name}: what it holds cannot be seen", hint=hint, at=place)
        if found is not None and found.kind is SignatureKind.ZIP:
            if depth:
                raise FileError("is an archive in an archive", hint="unpack it and load its files", at=place)
            with open_zip(path):
                return
        unpacked = unpack(first)
        if unpacked is None:
            return
        if depth == 2:
            raise FileError("is packed more than twice", hint="unpack it and load its files", at=place)
        first = unpacked


_HINT = "hand it to those whose task that is; Bakau takes tables of payments"


# --- fields --------------------------------------------------------------------------------------------------------------------


def holds_content(values: pa.StringArray) -> Flags:
    """Per value: is there a data URI, a picture, film or sound in base64, or a run of base64 too long to be anything else?"""
    lengths = lengths_of(values)
    found = np.zeros(len(values), bool)
    _flag(found, _rows_with_data(values), values, _DATA_URI)
    _flag(found, np.flatnonzero(lengths >= _SHORT_PICTURE), values, _media_pattern())
    runs = np.zeros(len(values), bool)
    _flag(runs, np.flatnonzero(lengths >= LONGEST_RUN // 2), values, rf"[A-Za-z0-9+/_-]{{{LONGEST_RUN}}}|{_WRAPPED}")
    for row in np.flatnonzero(runs & ~found).tolist():  # few: a line of dashes or of one letter is no content
        found[row] = len(set(values[row].as_py())) >= _LETTERS
    return found


def _flag(found: Flags, rows: npt.NDArray[np.int64], values: pa.StringArray, pattern: str) -> None:
    if len(rows):
        hits = np.asarray(pc.match_substring_regex(values.take(pa.array(rows)), pattern))
        found[rows[hits]] = True


def _rows_with_data(values: pa.StringArray) -> npt.NDArray[np.int64]:
    """Rows in which ``data`` stands before a colon or a percent sign: few, and found on the bytes."""
    offsets = offsets_of(values)
    octets = octets_of(values)[int(offsets[0]) : int(offsets[-1])]
    marks = np.flatnonzero((octets == _COLON) | (octets == _PERCENT))
    marks = marks[marks >= len(_DATA)]
    for back, letter in enumerate(reversed(_DATA), 1):
        marks = marks[(octets[marks - back] | _LOWER) == letter]
    return np.unique(np.searchsorted(offsets, marks + int(offsets[0]), side="right") - 1)


_COLON, _PERCENT, _LOWER = 0x3A, 0x25, np.uint8(0x20)
_DATA = b"data"


@cache
def _media_pattern() -> str:
    """How media begin once written in base64, with so much behind it that it is no word."""
    begins = {
        base64.b64encode(one.magic[: len(one.magic) // 3 * 3]).decode()
        for one in load_signatures()
        if one.kind.is_media and len(one.magic) >= 3 and one.magic[0]
    }
    starts = "|".join([_FILM, *(begin.replace("+", r"\+") for begin in sorted(begins))])
    return rf"(?:^|[^A-Za-z0-9+/])(?:{starts})[A-Za-z0-9+/]{{48}}"
