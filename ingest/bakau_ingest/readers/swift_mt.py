"""SWIFT MT: payments (MT101, 103, 202, 202 COV, 900, 910) and statements (MT940, 942, 950), with blocks or bare, many in one file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.reader import Broken, Chunk, Form, Match
from bakau_ingest.readers.mt_fields import Head
from bakau_ingest.readers.mt_payments import SINGLE, read_payments
from bakau_ingest.readers.mt_statements import MtStatement
from bakau_ingest.readers.packed import members_of
from bakau_ingest.readers.payments import CHUNK_RECORDS, HEADER, Records, bic_of
from bakau_ingest.readers.sums import Said
from bakau_ingest.readers.text_lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_ingest.reader import StatementSeen
    from bakau_ingest.readers.packed import Member

    Field = tuple[str, list[str], int]

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

    label = "swift_mt/1"

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

    def open(self, path: Path, form: Form) -> SwiftFile:  # noqa: ARG002 - messages say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return SwiftFile(path, self._size)


class SwiftFile:
    """One file of messages."""

    header = HEADER

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._begin()

    def _begin(self) -> None:
        self._said, self._count = Said(), 0

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Where balances or sums do not meet. See `bakau_ingest.reader.OpenFile`."""
        return self._said.texts

    @property
    def statements(self) -> tuple[StatementSeen, ...]:
        """The statements in it. See `bakau_ingest.reader.statements_of`."""
        return self._said.statements

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order. See `bakau_ingest.reader.OpenFile`."""
        self._begin()
        records = Records(wanted, coded, self._size)
        for member in members_of(self._path):
            for record, line in self._read(member):
                if isinstance(record, Broken):
                    records.add_broken(record)
                else:
                    records.add(record, line)
                yield from records.full()
        yield from records.rest()

    def _read(self, member: Member) -> Iterator[tuple[dict[str, str] | Broken, int]]:
        message: _Message | None = None
        head = Head()
        for item in _parts(member):
            if isinstance(item, Head):
                if message is not None:
                    yield from message.finish()
                message, head = None, item
                continue
            if message is None or (item[0] == "20" and message.is_begun):
                if message is not None:
                    yield from message.finish()
                    head = Head() if not head.kind else head
                self._count += 1
                message = _Message(head, f"statement {self._count}", self._said)
            yield from message.field(item)
            if message.is_too_long:
                raise FileError(f"holds a message of more than {MOST_FIELDS} fields", at=member.place)
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

    def field(self, field: Field) -> Iterator[tuple[dict[str, str] | Broken, int]]:
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

    def finish(self) -> Iterator[tuple[dict[str, str] | Broken, int]]:
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


def _parts(member: Member) -> Iterator[Head | Field]:
    """Heads and fields in order; lines that belong to neither are not ours."""
    tag, lines, begun, kind = "", [""], 0, ""
    for number, line in lines_of(member):
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
