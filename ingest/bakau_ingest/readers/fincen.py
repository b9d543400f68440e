"""FinCEN suspicious activity reports (batch schema 2.0): subjects, their accounts and what they are reached by. No transfer: a SAR states sums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.reader import Broken, Chunk, Form, Match
from bakau_ingest.readers.fincen_activity import describe_activity
from bakau_ingest.readers.packed import beginning_of, members_of
from bakau_ingest.readers.payments import CHUNK_RECORDS, Records
from bakau_ingest.readers.report_tree import read_units
from bakau_ingest.readers.reports import HEADER
from bakau_ingest.readers.sums import Said
from bakau_ingest.readers.xml import open_xml, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau.errors import Place
    from bakau_ingest.readers.packed import Counted, Member
    from bakau_ingest.readers.report_tree import Node

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

    def open(self, path: Path, form: Form) -> FincenFile:  # noqa: ARG002 - reports say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return FincenFile(path, self._size)


class FincenFile:
    """One file of batches."""

    header = HEADER

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._said = Said()

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Where the batch's own count differs, and what no row can say. See `bakau_ingest.reader.OpenFile`."""
        return self._said.texts

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order; lines of a ZIP's members are counted through. See `bakau_ingest.reader.OpenFile`."""
        self._said = Said()
        records = Records(wanted, coded, self._size, HEADER, sparse=True)
        before = 0
        for member in members_of(self._path):
            lines = member.counted()
            for found, line in _read(member, lines, self._said):
                if isinstance(found, Broken):
                    records.add_broken(Broken(before + line, found.column, found.code, found.reason))
                else:
                    records.add(found, before + line)
                yield from records.full()
            before += lines.count
        yield from records.rest()


def _read(member: Member, blocks: Counted, said: Said) -> Iterator[tuple[dict[str, str] | Broken, int]]:
    count = 0
    events = open_xml(blocks, member.place, _MARKED.__contains__, attributes=True)
    for unit, around in read_units(events, _UNITS, member.place):
        if unit.name == "Activity" and around:
            count += 1
            _check_form(around[0], blocks, member.place)
            yield from describe_activity(unit, said)
        elif unit.name == _ROOT:
            _check_form(unit, blocks, member.place)
            if not count:
                what = "is an acknowledgement" if unit.one("EFilingSubmissionXML") else "holds no activity"
                raise FileError(f"is a FinCEN batch that {what}: there is nothing to load", at=member.place)
            promised = unit.text("@ActivityCount")
            if promised.isdecimal() and int(promised[:9]) != count:
                said(f"the batch says it holds {int(promised[:9])} activities and holds {count}")
            return
    raise FileError("is XML, but no FinCEN batch", hint="we read batches of suspicious activity reports (SARX)", at=member.place)


def _check_form(root: Node, blocks: Counted, place: Place) -> None:
    """Only suspicious activity reports; a batch may say what it is at its end only."""
    found = _FORM_CODE.search(blocks.beginning)
    form = root.text("FormTypeCode") or (found[1].decode() if found else "")
    if form and form != _FORM:
        raise FileError(f"is a FinCEN batch of the form {form}", hint="we read suspicious activity reports (SARX)", at=place)
