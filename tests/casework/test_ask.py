"""A request for records names accounts of the institution that is asked and nobody else, and is recorded before it is shown."""

from __future__ import annotations

import json

import pytest
from casework.village import NAMES, iban

from bakau.errors import NotFoundError


@pytest.fixture
def asked(village):
    """The explained finding with most requests, and each of its requests drafted."""
    with village.desk() as desk:
        explained = [desk.explain(one).to_document() for one in desk.findings().rows["finding_id"].to_pylist()]
        best = max(explained, key=lambda document: len(document["asks"]))
        drafts = [desk.ask(best["finding"]["finding_id"][:8], number=ask["number"]).to_document() for ask in best["asks"]]
        with pytest.raises(NotFoundError, match=r"request|nothing to ask"):
            desk.ask(best["finding"]["finding_id"], number=len(drafts) + 1)
        (last,) = desk.audit(last=1).rows.to_pylist()
    assert (last["action"], last["outcome"]) == ("finding.ask", "failed")
    return best, drafts


def test_requests_stand_on_the_finding_best_first_and_each_can_be_drafted(asked):
    best, drafts = asked
    assert best["asks"]
    assert [ask["number"] for ask in best["asks"]] == list(range(1, len(best["asks"]) + 1))
    assert [bool(ask["side"]) for ask in best["asks"]] == sorted(bool(ask["side"]) for ask in best["asks"]), (
        "columns first, unseen sides last"
    )
    assert all(ask["narrows"] > 0 and ask["rules"] and (ask["columns"] or ask["side"]) for ask in best["asks"])
    for ask, draft in zip(best["asks"], drafts, strict=True):
        listed = sum(row["transfers"] for row in draft["accounts"])  # one between two of them stands at both
        assert draft["protected_left_out"] or ask["transfers"] <= listed <= 2 * ask["transfers"]
        assert {row["direction"] for row in draft["accounts"]} <= {"in", "out"}
    assert [draft["requests"] for draft in drafts] == [len(drafts)] * len(drafts)


def test_a_request_names_accounts_of_that_institution_alone_and_no_protected_one(village, asked):
    by_id = {row["account_id"]: row for row in village.archive.snapshot().table("account").to_pylist()}
    for draft in asked[1]:
        assert {by_id[row["account_id"]]["institution_id"] for row in draft["accounts"]} <= {draft["institution_id"]}
        assert village.ids()["child"] not in json.dumps(draft)
        assert not [name for name in NAMES if NAMES[name] in json.dumps(draft)]


def test_the_letter_holds_no_score_no_reason_and_no_clear_number_under_exploration(bakau, village, asked):
    best, drafts = asked
    ran = bakau(village.workspace, "ask", best["finding"]["finding_id"])
    letter = ran.out.split("\n\n")[0]
    assert letter.startswith(f"To: {drafts[0]['institution_id']}")
    rules = {reason["name"] for reason in best["finding"]["reasons"]}
    assert not [name for name in rules if name in letter]
    assert not [number for number in map(iban, NAMES) if number in ran.out]
    assert "points" not in letter
