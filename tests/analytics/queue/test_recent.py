"""The queue: what is still happening comes first, held against the end of the data; a score is not touched by it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from analytics.town import Town, ordinary, ring

from bakau.errors import InputError
from bakau_analytics.findings.assemble import Draft
from bakau_analytics.queue.recent import RECENT, find_recent
from bakau_analytics.run import analyse
from bakau_casework.desk import Desk

DAY_US = 86_400_000_000


def recent_of(payments, evidence, subjects, *, mcc=(), protected=()):
    """What is found for one finding; payments are (src, dst, day), evidence the places of some."""
    import duckdb

    rows = [
        {"transfer_id": bytes([place]), "src": src, "dst": dst, "ts_us": day * DAY_US} for place, (src, dst, day) in enumerate(payments)
    ]
    empty = pa.table({"grp": pa.array([], pa.int64())})
    draft = Draft(
        empty, pa.table({"grp": [0] * len(subjects), "account_key": subjects}), empty, empty, empty,
        pa.table({"grp": pa.array([0] * len(evidence), pa.int64()), "transfer_id": pa.array([bytes([place]) for place in evidence], pa.binary())}),
        empty,
    )  # fmt: skip
    accounts = sorted({key for src, dst, _ in payments for key in (src, dst)})
    codes = dict(mcc)
    with duckdb.connect() as connection:
        connection.register("flow_rows", pa.Table.from_pylist(rows))
        connection.execute("CREATE TEMPORARY TABLE flow AS SELECT * FROM flow_rows")
        known = {"account_key": accounts, "mcc": pa.array([codes.get(key) for key in accounts], pa.string()), "institution_id": pa.nulls(len(accounts), pa.string()), "status": pa.nulls(len(accounts), pa.string())}  # fmt: skip
        connection.register("account", pa.table(known))
        connection.register("protected_account", pa.table({"account_key": pa.array(list(protected), pa.int64())}))
        found = find_recent(connection, draft)
    assert found.schema == RECENT
    return {row["account_key"]: row for row in found.to_pylist()}


def test_payments_on_the_pairs_of_the_evidence_are_counted_back_from_the_last_payment_of_the_data():
    payments = [(1, 9, 0), (1, 9, 45), (1, 9, 75), (1, 9, 95), (2, 9, 99), (7, 8, 100)]
    row = recent_of(payments, evidence=[0, 1], subjects=[9])[9]
    assert (row["payments_7d"], row["payments_30d"], row["payments_before"]) == (1, 2, 1), "not evidence, but the same pair; 2 is another"
    assert row["last_us"] == 95 * DAY_US


@pytest.mark.parametrize(("age", "seven", "thirty"), [(6, 1, 1), (7, 0, 1), (29, 0, 1), (30, 0, 0)])
def test_the_edges_of_seven_and_thirty_days_belong_to_the_past(age, seven, thirty):
    row = recent_of([(1, 9, 100 - age), (7, 8, 100)], evidence=[0], subjects=[9])[9]
    assert (row["payments_7d"], row["payments_30d"]) == (seven, thirty)


def test_a_receiver_is_new_only_where_the_rest_of_the_finding_is_older():
    old_and_new = [(1, 9, 0), (1, 8, 90), (7, 6, 100)]
    assert recent_of(old_and_new, evidence=[0, 1], subjects=[8, 9])[8]["new_receivers"] == 1
    assert recent_of([(1, 8, 90), (7, 6, 100)], evidence=[0], subjects=[8])[8]["new_receivers"] == 0


def test_tickets_count_after_a_payment_within_ninety_days_and_never_those_of_a_protected_payer():
    payments = [(1, 9, 0), (1, 5, 80), (1, 5, 91), (1, 5, -3)]
    assert recent_of(payments, evidence=[0], subjects=[9], mcc={5: "4511"})[9]["tickets"] == 1
    assert recent_of(payments, evidence=[0], subjects=[9], mcc={5: "4511"}, protected=[1])[9]["tickets"] == 0
    assert recent_of(payments, evidence=[0], subjects=[9], mcc={5: "5411"})[9]["tickets"] == 0


@pytest.fixture(scope="module")
def queue(tmp_path_factory):
    """A large ring that ended months ago and a small one that was paid yesterday."""
    town = Town(tmp_path_factory.mktemp("queue") / "case")
    town.pay(ring("old", receivers=4, senders=20) + ring("new", receivers=2, senders=10, hours=24 * 120) + ordinary())
    analyse(town.archive)
    with Desk.open(town.archive.workspace.path) as desk:
        yield desk


def test_what_is_still_happening_comes_first_and_its_score_is_as_before(queue):
    by_urgency, by_score = (queue.findings(order=order).rows.to_pylist() for order in ("urgency", "score"))
    assert [row["score"] for row in by_score] == sorted((row["score"] for row in by_score), reverse=True)
    assert {row["finding_id"]: row["score"] for row in by_urgency} == {row["finding_id"]: row["score"] for row in by_score}
    assert by_score[0]["urgency"] == [], "the large ring of long ago"
    places = [any(one["name"] == "paid_last_30_days" for one in row["urgency"]) for row in by_urgency]
    assert places == sorted(places, reverse=True)
    assert [row["score"] for row in by_urgency[: sum(places)]] == sorted((row["score"] for row in by_urgency[: sum(places)]), reverse=True)
    assert places[0]
    assert all(sum(reason["points"] for reason in row["reasons"]) == row["score"] for row in by_urgency)


def test_ties_among_the_first_hundred_are_said(queue):
    facts = queue.findings().facts
    assert facts["order"] == "urgency"
    rows = queue.findings().rows.to_pylist()[:100]
    places = [(tuple(one["name"] for one in row["urgency"]), row["score"]) for row in rows]
    assert facts["tie_share_ppm"] >= sum(places.count(place) > 1 for place in places) * 1_000_000 // len(places)
    with pytest.raises(InputError, match="no such order"):
        queue.findings(order="luck")
