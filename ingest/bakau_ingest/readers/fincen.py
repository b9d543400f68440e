"""FinCEN suspicious activity reports (batch schema 2.0): subjects, their accounts and what they are reached by. No transfer: a SAR states sums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.reader import Broken, Form, Match
from bakau_ingest.readers.collected import CHUNK_RECORDS
from bakau_ingest.readers.fincen_activity import describe_activity
from bakau_ingest.readers.message_file import MessageFile
from bakau_ingest.readers.packed import beginning_of
from bakau_ingest.readers.report_tree import read_units
from bakau_ingest.readers.reports import HEADER
from bakau_ingest.readers.xml import open_xml, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau.errors import Place
    from bakau_ingest.readers.packed import Counted
    from bakau_ingest.readers.report_tree import Node
    from bakau_ingest.readers.sums import Said

_ROOT, _FORM = "EFilingBatchXML", "SARX"
_UNITS = frozenset({_ROOT, "Activity"})
_MARKED = _UNITS | {
    "Party", "PartyName", "Address", "PhoneNumber", "PartyIdentification", "ElectronicAddress", "PartyAssociation", "PartyAccountAssociation",
    "Account", "SuspiciousActivity", "SuspiciousActivityClassification", "ActivityIPAddress", "CyberEventIndicators",
    "ActivityNarrativeInformation", "ActivityAssociation", "Assets", "AssetsAttribute", "EFilingSubmissionXML",
}  # fmt: skip
_FORM_CODE = re.compile(rb"FormTypeCode>\s*(\w+)")


class FincenReader:
    """Reads batches of suspicious activity reports."""

    label = "fincen/1"

    def __init__(self, *, chunk_records: int = CHUNK_RECORDS) -> None:
        self._size = chunk_records

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure at the root of a FinCEN batch, alone or as the first member of a ZIP; which form it is shows when it is read."""
        return Match.SURE if root_of(beginning_of(beginning)) == _ROOT else Match.NO

    def open(self, path: Path, form: Form) -> MessageFile:  # noqa: ARG002 - reports say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return MessageFile(path, self._size, _read, HEADER, sparse=True)


def _read(blocks: Counted, place: Place, _: int, said: Said) -> Iterator[tuple[dict[str, str] | Broken, int]]:
    count = 0
    events = open_xml(blocks, place, _MARKED.__contains__, attributes=True)
    for unit, around in read_units(events, _UNITS, place):
        if unit.name == "Activity" and around:
            count += 1
            _check_form(around[0], blocks, place)
            yield from describe_activity(unit, said)
        elif unit.name == _ROOT:
            _check_form(unit, blocks, place)
            if not count:
                what = "is an acknowledgement" if unit.one("EFilingSubmissionXML") else "holds no activity"
                raise FileError(f"is a FinCEN batch that {what}: there is nothing to load", at=place)
            promised = unit.text("@ActivityCount")
            if promised.isdecimal() and int(promised[:9]) != count:
                said(f"the batch says it holds {int(promised[:9])} activities and holds {count}")
            return
    raise FileError("is XML, but no FinCEN batch", hint="we read batches of suspicious activity reports (SARX)", at=place)


def _check_form(root: Node, blocks: Counted, place: Place) -> None:
    """Only suspicious activity reports; a batch may say what it is at its end only."""
    found = _FORM_CODE.search(blocks.beginning)
    form = root.text("FormTypeCode") or (found[1].decode() if found else "")
    if form and form != _FORM:
        raise FileError(f"is a FinCEN batch of the form {form}", hint="we read suspicious activity reports (SARX)", at=place)
