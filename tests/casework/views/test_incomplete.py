"""A finding says when it rests on a batch that is not the whole of what its file promises."""

from __future__ import annotations

import sqlite3

from bakau_graph.archive import Archive
from bakau_graph.archive.ledger import write_incomplete


def sentences(village) -> list[str]:
    with village.desk() as desk:
        return desk.explain(desk.findings(top=1).rows["finding_id"][0].as_py()).to_document()["sentences"]


def test_a_finding_on_an_incomplete_batch_says_so(own_village):
    assert not any("incomplete" in sentence for sentence in sentences(own_village))
    accounts, transfers = Archive.open(own_village.workspace).batches()
    ledger = sqlite3.connect(own_village.workspace / "archive" / "ledger.sqlite")
    with ledger:
        write_incomplete(ledger, transfers.batch_id, ["statement 1 closes with 5", "number 3 is missing"])
        write_incomplete(ledger, accounts.batch_id, ["no evidence stands in this one"])
    ledger.close()
    (said,) = [sentence for sentence in sentences(own_village) if "incomplete" in sentence]
    assert said == (
        f"Rests on batch {transfers.batch_id}, which is incomplete: statement 1 closes with 5 (and 1 more); see `bakau batches`."
    )
    with own_village.desk() as desk:
        found = desk.findings().rows.to_pylist()
    assert {tuple(finding["incomplete"]) for finding in found} == {(transfers.batch_id,)}, (
        "every finding of the village rests on its payments"
    )


def test_the_list_of_findings_says_which_rest_on_it(own_village, bakau):
    _, transfers = Archive.open(own_village.workspace).batches()
    assert "incomplete" not in bakau(own_village.workspace, "findings").out
    ledger = sqlite3.connect(own_village.workspace / "archive" / "ledger.sqlite")
    with ledger:
        write_incomplete(ledger, transfers.batch_id, ["number 3 is missing"])
    ledger.close()
    shown = bakau(own_village.workspace, "findings").out
    assert f"rest on batches that are incomplete ({transfers.batch_id})" in shown
