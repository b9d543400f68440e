"""What institutions see: a small archive in which each holds some of the accounts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from analytics.town import SCHEME, Town, ordinary, ring

from bakau.progress import SilentProgress
from bakau_analytics.detection import Settings
from bakau_analytics.evaluation.networks import Question
from bakau_analytics.evaluation.planted import Planted, Truth
from bakau_analytics.evaluation.report import evaluate_truth, to_lines
from bakau_analytics.evaluation.views import find_largest, measure_views, restrict
from bakau_analytics.indicators.pack import load_packs
from bakau_analytics.run import analyse
from bakau_graph.archive import BatchIdentity


def hold(town, institutions):
    """Say who holds which accounts: a batch of account rows."""
    names = [name for held in institutions.values() for name in held]
    codes = [code for code, held in institutions.items() for _ in held]
    identity = BatchIdentity("training", "e" * 64, "m" * 64, "test/1")
    with town.archive.begin_batch(identity, file_name="accounts.csv") as batch:
        keys = town.keys(names)
        stored = {
            row["account_key"]: row["account_id"]
            for row in town.archive.snapshot().table("account", ["account_key", "account_id"]).to_pylist()
        }
        rows = {
            "account_key": keys,
            "account_id": [stored[key] for key in keys],
            "institution_id": codes,
            "status": ["active"] * len(names),
            "scheme": [SCHEME] * len(names),
            "number": names,
            "stub": [False] * len(names),
            "record": list(range(2, 2 + len(names))),
        }
        batch.count(received=len(names))
        batch.append("account", pa.table(rows))
        batch.commit()


RECEIVERS, COLLECTOR = ["a-r0", "a-r1"], ["a-c"]
SENDERS = [f"a-s{place}" for place in range(12)]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A ring whose payers bank with NORTH, its receivers with SOUTH, its collector with EAST; EAST also holds ordinary people."""
    town = Town(tmp_path_factory.mktemp("views") / "town")
    town.pay(ring("a") + ordinary())
    hold(town, {"NORTH": SENDERS, "SOUTH": RECEIVERS, "EAST": [*COLLECTOR, "o1", "o2"]})
    return town


def test_an_institution_sees_the_transfers_of_its_accounts_and_of_others_only_that_they_are_there(town):
    with town.archive.snapshot().connect() as connection:
        restrict(connection, ["EAST"])
        seen = connection.execute("SELECT DISTINCT src_key FROM transfer WHERE dst_key = ?", [town.key("a-c")]).fetchall()
        assert {key for (key,) in seen} == set(town.keys(RECEIVERS))
        assert not connection.execute("SELECT 1 FROM transfer WHERE dst_key = ?", [town.key("a-r0")]).fetchall()
        known = dict(connection.execute("SELECT account_key, status FROM account").fetchall())
    assert known[town.key("a-c")] == "active"
    assert known[town.key("a-r0")] is None


def test_the_largest_are_those_whose_accounts_have_the_most_transfers(town):
    with town.archive.snapshot().connect() as connection:
        assert find_largest(connection, 2) == ["SOUTH", "NORTH"]


def test_what_the_receivers_bank_sees_finds_the_ring_and_what_the_collectors_bank_sees_does_not(town):
    members = {name: frozenset(town.keys(names)) for name, names in (("core", RECEIVERS + COLLECTOR), ("consumers", SENDERS))}
    planted = Planted(network_id="a", scheme="fan_in", crime_type="OCSE", payers=12, **members)
    views = measure_views(
        town.archive.snapshot(), load_packs(), Truth((planted,), {}), settings=Settings(), budget=10, most=3, progress=SilentProgress()
    )
    recall = {view.name: view.reading.recall for view in views}
    assert list(recall) == ["SOUTH", "NORTH", "EAST", "SOUTH+NORTH", "SOUTH+EAST", "NORTH+EAST"]
    assert recall["SOUTH"] == 1
    assert recall["EAST"] == 0
    assert recall["SOUTH+EAST"] == 1


def test_the_gain_from_sharing_is_the_recall_of_all_less_that_of_the_best(town, tmp_path):
    analyse(town.archive)
    rows = [
        f"a,fan_in,OCSE,{name},{role},{core},0"
        for names, role, core in ((RECEIVERS, "facilitator", 1), (SENDERS, "consumer", 0))
        for name in names
    ]
    header = "network_id,scheme,crime_type,account_number,role,in_core,lookalike"
    (tmp_path / "networks.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    report = evaluate_truth(town.archive, tmp_path, question=Question(institutions=3))
    assert list(report["by"]["institution_view"]) == ["pooled", "SOUTH", "NORTH", "EAST", "SOUTH+NORTH", "SOUTH+EAST", "NORTH+EAST"]
    assert report["by"]["institution_view"]["EAST"]["recall"] == 0
    assert report["gain_from_sharing"] == {"over_best_alone": 0, "over_best_pair": 0}
    assert any("gain from sharing all" in line for line in to_lines(report))
    alone = evaluate_truth(town.archive, tmp_path)
    assert list(alone["by"]["institution_view"]) == ["pooled"]
    assert alone["gain_from_sharing"] is None
