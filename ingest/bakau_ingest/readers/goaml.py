"""goAML reports (UNODC), versions 4 and 5, whatever authority they are for: by structure, since code lists do not travel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.reader import Broken, Form, Match
from bakau_ingest.readers import goaml_parties
from bakau_ingest.readers.collected import CHUNK_RECORDS
from bakau_ingest.readers.goaml_report import GoamlReport
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
    from bakau_ingest.readers.sums import Said

_UNITS = frozenset({"report", "transaction", "report_party"})
_SIDES = frozenset({"t_from", "t_from_my_client", "t_to", "t_to_my_client", "involved_parties", "party"})
#: Held apart because what stands in them belongs to nobody around them.
_APART = frozenset({
    "activity", "location", "reporting_person", "transaction_address", "employer_address_id", "employer_phone_id", "employment", "item", "pep",
    "sanction_list", "routing", "previous_name", "additional_info", "transaction_additional_info", "from_transaction_additional_info",
    "to_transaction_additional_info",
})  # fmt: skip
_PARTS = frozenset({
    "phone", "email", "url", "address", "identification", "entity_identifier", "social_account", "network_device", "indicator",
    "account_related_account",
})  # fmt: skip
_MARKED = (
    _UNITS | _SIDES | _APART | _PARTS
    | {*goaml_parties.PERSONS, *goaml_parties.ENTITIES, *goaml_parties.ACCOUNTS, *goaml_parties.SIGNATORIES, *goaml_parties.RELATED}
)  # fmt: skip
#: Leaves that stand at the top of every goAML report and of no other document we know.
_HEAD = re.compile(rb"<(?:[\w.-]+:)?(rentity_id|submission_code|report_code)[\s>]")


class GoamlReader:
    """Reads reports: transactions with both sides, whoever is reported, and by whom."""

    label = "goaml/1"

    def __init__(self, *, chunk_records: int = CHUNK_RECORDS) -> None:
        self._size = chunk_records

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure at a root `report` with the head of goAML, alone or as the first member of a ZIP."""
        text = beginning_of(beginning)
        return Match.SURE if root_of(text) == "report" and _HEAD.search(text) else Match.NO

    def open(self, path: Path, form: Form) -> MessageFile:  # noqa: ARG002 - reports say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return MessageFile(path, self._size, _read, HEADER, sparse=True)


def _read(blocks: Counted, place: Place, _: int, said: Said) -> Iterator[tuple[dict[str, str] | Broken, int]]:
    report: GoamlReport | None = None
    for unit, around in read_units(open_xml(blocks, place, _MARKED.__contains__), _UNITS, place):
        if not around and unit.name != "report":
            break
        report = report or GoamlReport(around[0] if around else unit, said)
        if unit.name == "transaction":
            yield from report.transaction(unit)
        elif unit.name == "report_party":
            yield from report.subject(unit)
        else:
            yield from report.finish(unit)
            return
    raise FileError("is XML, but no goAML report", hint="we read reports with the root element `report`", at=place)
