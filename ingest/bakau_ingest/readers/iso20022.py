"""ISO 20022 payment messages by structure, whatever version, namespace or envelope: single files, and ZIP archives of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bakau.errors import FileError, Place
from bakau_ingest.reader import Form, Match
from bakau_ingest.readers import iso_statements, iso_transfers
from bakau_ingest.readers.collected import CHUNK_RECORDS
from bakau_ingest.readers.iso_statements import Statements
from bakau_ingest.readers.iso_transfers import Transfers
from bakau_ingest.readers.message_file import MessageFile
from bakau_ingest.readers.packed import ZIP, beginning_of
from bakau_ingest.readers.xml import open_xml, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_ingest.reader import StatementSeen
    from bakau_ingest.readers.packed import Counted
    from bakau_ingest.readers.payments import Payment
    from bakau_ingest.readers.sums import Said

#: Message elements (without the V01 of old versions) → kind. The very first versions used the kind itself as the element's name.
MESSAGES = {
    "CstmrCdtTrfInitn": "pain.001", "CstmrDrctDbtInitn": "pain.008", "FIToFICstmrCdtTrf": "pacs.008", "FIToFICstmrDrctDbt": "pacs.003",
    "FICdtTrf": "pacs.009", "FinInstnCdtTrf": "pacs.009", "FinInstnToFinInstnCdtTrf": "pacs.009", "PmtRtr": "pacs.004",
    "BkToCstmrAcctRpt": "camt.052", "BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054",
}  # fmt: skip
_KINDS = frozenset(MESSAGES.values())
_RETURNS = frozenset({"pacs.004"})
_OLD = re.compile(r"V\d\d$")
_NAMESPACE = re.compile(rb"""xmlns(?::[\w.-]+)?=["'][^"']{0,200}?\b([a-z]{4}\.\d{3})\.\d{3}\.\d\d""")
_TAG = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.]*)[\s>/]")
_MARKED = iso_statements.MARKED | iso_transfers.MARKED
#: Roots of documents that other readers know.
_REPORTS = frozenset({"report", "EFilingBatchXML"})
#: First members of office documents, which are ZIP archives of XML as well.
_OFFICE = (b"[Content_Types]", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/", b"META-INF/", b"mimetype")


def kind_of(name: str) -> str:
    """The kind of message an element begins (``pacs.008``), or nothing."""
    kind = MESSAGES.get(_OLD.sub("", name), "")
    return kind or (name[:8] if re.match(r"[a-z]{4}\.\d{3}\.\d{3}\.\d\d$", name) and name[:8] in _KINDS else "")


class Iso20022Reader:
    """Reads payment orders, settled payments and statements; returns (pacs.004) are `Iso20022ReturnReader`'s, which corrects."""

    label = "iso20022/1"
    _kinds = _KINDS - _RETURNS
    _other = "the mapping iso20022_return"

    def __init__(self, *, chunk_records: int = CHUNK_RECORDS) -> None:
        self._size = chunk_records

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure at a message element or namespace of ISO 20022, and at a ZIP whose first member is an XML document."""
        if beginning.startswith(ZIP):
            first = beginning[30 : 30 + int.from_bytes(beginning[26:28], "little")]
            plain = first.lower().endswith(b".xml") and not first.startswith(_OFFICE)
            ours = plain and root_of(beginning_of(beginning)) not in _REPORTS
            return Match.SURE if ours and self._kinds != _RETURNS else Match.NO
        found = _first_kind(beginning_of(beginning))
        return Match.SURE if found and (found in _RETURNS) == (self._kinds == _RETURNS) else Match.NO

    def open(self, path: Path, form: Form) -> MessageFile:  # noqa: ARG002 - messages say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return MessageFile(path, self._size, self._read)

    def _read(self, blocks: Counted, place: Place, number: int, said: Said) -> Iterator[tuple[Payment, int]]:
        what = f"message {number}: " if number > 1 else ""
        walker: Statements | Transfers | None = None
        seen = False

        def say(text: str) -> None:
            said(what + text)

        def see(statement: StatementSeen) -> None:
            said.see(replace(statement, what=what + statement.what))

        for begins, name, leaves, line in open_xml(blocks, place, lambda name: name in _MARKED or bool(kind_of(name))):
            kind = "" if name in _MARKED else kind_of(name)
            if kind and begins:
                self._check(kind, place)
                seen, walker = True, Statements(kind, say, see) if kind.startswith("camt") else Transfers(kind, say)
            elif kind and walker is not None:
                walker.finish()
                walker = None
            elif walker is not None and begins:
                walker.begin(name, leaves, line)
            elif walker is not None:
                yield from walker.end(name, leaves)
        if not seen:
            found = _first_kind(beginning_of(blocks.beginning))
            what_it_is = (
                f"is an ISO 20022 {found} message, which holds no payments" if found else "is XML, but no ISO 20022 payment message"
            )
            raise FileError(what_it_is, hint=f"we read {', '.join(sorted(_KINDS))}", at=place)

    def _check(self, kind: str, place: Place) -> None:
        if kind not in self._kinds:
            raise FileError(f"holds a {kind} message", hint=f"load it apart, with {self._other}", at=place)


class Iso20022ReturnReader(Iso20022Reader):
    """Reads returns (pacs.004): each is the payment it returns, with the status *reversed*."""

    label = "iso20022-return/1"
    _kinds = _RETURNS
    _other = "the mapping iso20022"


def _first_kind(beginning: bytes) -> str:
    """The kind of ISO 20022 message a document begins with, payments or not; nothing when it is none."""
    if not beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return ""
    for name in _TAG.findall(beginning):
        if kind := kind_of(name.decode()):
            return kind
    named = [kind.decode() for kind in _NAMESPACE.findall(beginning) if not kind.startswith(b"head.")]
    return named[0] if named else ""
