"""SWIFT MT: payments (MT101, 103, 202, 202 COV, 900, 910) and statements (MT940, 942, 950), with blocks or bare, many in one file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.reader import Broken, Form, Match
from bakau_ingest.readers.collected import CHUNK_RECORDS
from bakau_ingest.readers.message_file import MessageFile
from bakau_ingest.readers.mt_fields import Head
from bakau_ingest.readers.mt_payments import SINGLE, read_payments
from bakau_ingest.readers.mt_statements import MtStatement
from bakau_ingest.readers.payments import bic_of
from bakau_ingest.readers.text_lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau.errors import Place
    from bakau_ingest.readers.packed import Counted
    from bakau_ingest.readers.payments import Payment
    from bakau_ingest.readers.sums import Said

    Field = tuple[str, list[str], int]
    Found = tuple[Payment | Broken, int]

STATEMENTS = {"mt940", "mt942", "mt950"}
#: Lines of one field, and fields of one single payment; the standard knows far fewer.
MOST_LINES, MOST_FIELDS = 500, 20_000
_FIELD = re.compile(r"^:(\d{2}[A-Z]?):(.*)$")
_BLOCKS = re.compile(r"\{1:[A-Z]\d\d([A-Z0-9]{8})[A-Z0-9]?([A-Z0-9]{3})?")
_INPUT, _OUTPUT = (
    re.compile(r"\{2:I(\d{3})([A-Z0-9]{8})[A-Z0-9]?([A-Z0-9]{3})?"),
    re.compile(r"\{2:O(\d{3})\d{10}([A-Z0-9]{8})[A-Z0-9]?([A-Z0-9]{3})?"),
)
_UETR = re.compile(r"\{121:([0-9a-fA-F-]{36})\}")
_BARE = re.compile(r"^:?(9[45][02])(?::|\s|$)")
_SNIFF = re.compile(rb":(?:13[CD]|21R?|23B|25P?|28[CD]?|32[AB]|50[A-Z]?|60[FM]|79):")
#: Lines looked at for field 20, and lines after it for a field of a payment or statement.
_FIRST_LINES, _NEXT_LINES = 400, 12


class SwiftReader:
    """Reads SWIFT MT payments and statements."""

    label = "swift_mt/2"

    def __init__(self, *, chunk_records: int = CHUNK_RECORDS) -> None:
        self._size = chunk_records

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure at block 1 of a message, and at field 20 followed by another field of a payment or statement."""
        start = beginning[:20_000].lstrip(b"\xef\xbb\xbf\x01 \r\n")
        if start.startswith(b"{1:F"):
            return Match.SURE
        lines = [line.lstrip() for line in start.splitlines()[:_FIRST_LINES]]
        for place, line in enumerate(lines):
            if line.startswith(b":20:"):
                return Match.SURE if any(map(_SNIFF.match, lines[place + 1 : place + _NEXT_LINES])) else Match.NO
        return Match.NO

    def open(self, path: Path, form: Form) -> MessageFile:  # noqa: ARG002 - messages say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return MessageFile(path, self._size, _read)


def _read(blocks: Counted, place: Place, number: int, said: Said) -> Iterator[Found]:
    what = f"message {number}: " if number > 1 else ""
    message: _Message | None = None
    head, count = Head(), 0
    for item in _parts(blocks, place):
        if isinstance(item, Head):
            if message is not None:
                yield from message.finish()
            message, head = None, item
            continue
        if message is None or (item[0] == "20" and message.is_begun):
            if message is not None:
                yield from message.finish()
                head = Head() if not head.kind else head
            count += 1
            message = _Message(head, f"{what}statement {count}", said)
        yield from message.field(item)
        if message.is_too_long:
            raise FileError(f"holds a message of more than {MOST_FIELDS} fields", at=place)
    if message is not None:
        yield from message.finish()


class _Message:
    """Fields of one message until it is clear what it is; statements then stream, payments wait for their end."""

    def __init__(self, head: Head, what: str, said: Said) -> None:
        self._head, self._what, self._said = head, what, said
        self._fields: list[Field] = []
        self._statement: MtStatement | None = None
        self._kind = head.kind
        if self._kind in STATEMENTS:
            self._stream()

    @property
    def is_begun(self) -> bool:
        """Has it a field already?"""
        return bool(self._fields) or self._statement is not None

    @property
    def is_too_long(self) -> bool:
        """More fields than a single payment may have?"""
        return len(self._fields) > MOST_FIELDS

    def _stream(self) -> None:
        self._statement = MtStatement(self._kind, self._what, self._said)

    def field(self, field: Field) -> Iterator[Found]:
        """The next field."""
        if self._statement is not None:
            yield from self._statement.field(*field)
            return
        self._fields.append(field)
        tag = field[0]
        if not self._kind and (tag in {"61", "34F"} or tag[:2] in {"60", "62"}):
            self._kind = "mt942" if tag == "34F" else "mt940"
            self._stream()
            held, self._fields = self._fields, []
            for one in held:
                yield from self.field(one)

    def finish(self) -> Iterator[Found]:
        """The message is over."""
        if self._statement is not None:
            yield from self._statement.rest()
            self._statement.finish()
        elif self._fields:
            kind = self._kind or _guess({tag for tag, _, _ in self._fields})
            if kind in SINGLE and any(tag[:2] == "32" for tag, _, _ in self._fields):
                yield from read_payments(kind, self._head, self._fields)
            else:
                line = self._fields[0][2]
                yield Broken(line, "", "not_a_payment", f"a SWIFT {kind.upper() or 'message'} without a payment in it"), line


def _guess(tags: set[str]) -> str:
    """The kind of a message without blocks, by its fields."""
    numbers = {tag[:2] for tag in tags}
    if "28D" in tags:
        return "mt101"
    if "58" in numbers:
        return "mt202"
    if "59" in numbers:
        return "mt103"
    return "mt910" if numbers & {"50", "52"} and "25" in numbers else "mt900" if "25" in numbers else ""


def _parts(blocks: Counted, place: Place) -> Iterator[Head | Field]:
    """Heads and fields in order; lines that belong to neither are not ours."""
    tag, lines, begun, kind = "", [""], 0, ""
    for number, line in lines_of(blocks, place):
        text = line.lstrip("\x01\x00").rstrip("\x03\x00")
        if "{1:" in text or "{2:" in text:
            if tag:
                yield tag, lines, begun
            tag = ""
            yield _head(text)
            text = text.partition("{4:")[2]
        elif not tag and (bare := _BARE.match(text)):
            kind = bare[1]
            yield Head(f"mt{kind}")
            continue
        end = text.startswith(("-}", "-\x03")) or text.strip() == "-"
        found = _FIELD.match(text)
        if (end or found) and tag:
            yield tag, lines, begun
            tag = ""
        if end:
            yield Head(f"mt{kind}" if kind else "")
        elif found:
            tag, lines, begun = found[1], [found[2]], number
        elif tag and text and len(lines) < MOST_LINES:
            lines.append(text)
    if tag:
        yield tag, lines, begun


def _head(text: str) -> Head:
    """Blocks 1 to 3, in one line as they come."""
    own, asked, given = _BLOCKS.search(text), _INPUT.search(text), _OUTPUT.search(text)
    us = bic_of(own[1] + (own[2] or "")) if own else ""
    other = asked or given
    kind = f"mt{other[1]}" if other else ""
    them = bic_of(other[2] + (other[3] or "")) if other else ""
    uetr = _UETR.search(text)
    return Head(kind, us if asked else them, them if asked else us, uetr[1].lower() if uetr else "")
