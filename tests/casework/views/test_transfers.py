from __future__ import annotations

from decimal import Decimal

import pytest

import bakau
from bakau.errors import RefusedError
from bakau.money import to_major
from bakau_casework.charts import Chart
from bakau_casework.views.walks import Window


@pytest.fixture(scope="module")
def subject(finding) -> str:
    return finding["subjects"][0]["id"]


def test_a_transfer_leads_to_the_line_it_came_from(shared_desk, world, subject):
    rows = shared_desk.transfers(subject).rows.to_pylist()
    assert rows
    for row in rows[:20]:
        record = world.line(row["file"], row["line"])
        assert Decimal(record["amount"]) == to_major(row["amount_minor"], row["currency"])
        assert record["currency"] == row["currency"]


def test_the_newest_come_first_and_what_is_beyond_the_limit_is_counted(shared_desk, subject):
    everything = shared_desk.transfers(subject, window=Window(limit=100_000))
    few = shared_desk.transfers(subject, window=Window(limit=3))
    assert few.rows.to_pylist() == everything.rows.to_pylist()[:3]
    times = everything.rows["time"].to_pylist()
    assert times == sorted(times, reverse=True)
    assert few.facts["total"] == len(everything.rows) == everything.facts["total"]
    assert few.facts["left_out"] == few.facts["total"] - 3


def test_between_two_accounts_are_those_that_the_link_counts(shared_desk, finding):
    links = shared_desk.network(Chart(finding_id=finding["finding_id"])).facts["links"]
    link = next(one for one in links if None not in {one["src_id"], one["dst_id"]} and not one["is_partial"])
    view = shared_desk.transfers(link["src_id"], link["dst_id"], window=Window(direction="out", currency=link["currency"], limit=10_000))
    assert view.facts["total"] == link["transfers"]
    assert sum(row["amount_minor"] or 0 for row in view.rows.to_pylist()) == (link["sum_minor"] or 0)


def test_exploration_shows_no_reference_and_no_text_and_training_does(world, shared_desk, subject):
    masked = shared_desk.transfers(subject)
    assert masked.rows["purpose"].null_count == masked.rows["reference"].null_count == len(masked.rows)
    assert set(masked.masked) == {"purpose", "reference"}
    with bakau.open_desk(world.workspace, purpose="training") as desk:
        clear = desk.transfers(subject).rows.to_pylist()
    assert any(row["purpose"] for row in clear)


def test_transfers_with_protected_accounts_are_counted_and_not_listed_whatever_the_filter(shared_desk, finding):
    counted = 0
    for one in finding["subjects"]:
        view = shared_desk.transfers(one["id"], window=Window(limit=100_000))
        assert view.rows["src_id"].null_count == view.rows["dst_id"].null_count == 0
        narrow = shared_desk.transfers(one["id"], window=Window(since_us=0, until_us=1, min_amount="999999", currency="PHP"))
        assert narrow.facts["protected_transfers"] == view.facts["protected_transfers"]
        ways = [shared_desk.transfers(one["id"], window=Window(direction=way, limit=1)).facts for way in ("in", "out")]
        assert sum(facts["protected_transfers"] for facts in ways) == view.facts["protected_transfers"]
        counted += view.facts["protected_transfers"]
    assert counted


def test_only_the_newest_first_is_answered(shared_desk, subject):
    with pytest.raises(bakau.errors.InputError):
        shared_desk.transfers(subject, window=Window(order="largest"))


def test_a_protected_account_has_no_list(world, shared_desk):
    from bakau_graph.archive import Archive

    snapshot = Archive.open(world.workspace).snapshot()
    key = int(snapshot.protection.protected_accounts[0])
    rows = snapshot.table("account", ["account_key", "account_id"])
    surrogate = rows.filter(rows["account_key"].to_numpy() == key)["account_id"][0].as_py()
    with pytest.raises(RefusedError):
        shared_desk.transfers(surrogate)
