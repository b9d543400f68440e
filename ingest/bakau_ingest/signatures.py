"""What a file is, by its first bytes and never by its name: a table of signatures, each with the specification it comes from.

The table lies in ``signatures.csv``: bytes in hexadecimal, ``??`` for any byte, ``{n}`` for n bytes of any kind.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class SignatureKind(StrEnum):
    """What becomes of a file of that kind: media are never taken, the rest is for a reader that knows it, or for nobody."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    DATABASE = "database"
    PROGRAM = "program"
    ZIP = "zip"
    TABLE = "table"

    @property
    def is_media(self) -> bool:
        """True for pictures, films and sounds."""
        return self in (SignatureKind.IMAGE, SignatureKind.VIDEO, SignatureKind.AUDIO)


@dataclass(frozen=True, slots=True)
class Signature:
    """One row of the table: how a file of a format begins, and where that is written."""

    kind: SignatureKind
    name: str
    offset: int
    pattern: re.Pattern[bytes]
    #: Its first bytes where they are fixed and stand at the very beginning; else empty.
    magic: bytes
    source: str


#: A signature is looked for in this many bytes at the beginning of a file.
PEEK = 1 << 16


def _compile(written: str) -> re.Pattern[bytes]:
    parts = re.findall(r"\?\?|\{\d+\}|[0-9a-f]{2}", written)
    wild = {"??": b"[\\s\\S]"}
    made = [wild.get(part) or (b"[\\s\\S]" + part.encode() if part.startswith("{") else re.escape(bytes.fromhex(part))) for part in parts]
    return re.compile(b"".join(made))


@cache
def load_signatures() -> tuple[Signature, ...]:
    """The table, in order: the first that fits says what a file is."""
    text = (files("bakau_ingest") / "signatures.csv").read_text(encoding="utf-8")
    return tuple(
        Signature(
            SignatureKind(row["kind"]), row["name"], int(row["offset"]), _compile(row["bytes"]),
            b"" if int(row["offset"]) else bytes.fromhex(re.split(r"[?{]", row["bytes"])[0]), row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip


def find_signature(first: bytes) -> Signature | None:
    """The format a file begins like; None when it is none of these. Give it `PEEK` bytes."""
    found = next((one for one in load_signatures() if one.pattern.match(first, one.offset)), None)
    if found is not None and found.kind.is_media and _PLAIN.fullmatch(first[:_LOOK]):
        return None  # plain text that only begins with the same letters
    return _SVG if found is None and _is_svg(first) else found


_LOOK = 512
_PLAIN = re.compile(rb"[\t\r\n\x20-\x7e]*")


_SVG = Signature(SignatureKind.IMAGE, "an SVG picture", 0, re.compile(b"<svg"), b"<svg", "W3C SVG 1.1")


def _is_svg(first: bytes) -> bool:
    """Is the root of this XML ``svg``? Comments, declarations and a byte order mark may stand before it."""
    if not first[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False
    root = re.search(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)", re.sub(rb"<!--[\s\S]*?-->", b"", first))
    return root is not None and root[1].lower() == b"svg"
