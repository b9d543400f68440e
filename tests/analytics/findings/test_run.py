from __future__ import annotations

import dataclasses

import pyarrow as pa
import pytest
from analytics.town import Town, ordinary, ring

from bakau.errors import UnsupportedError
from bakau_analytics.detection import Settings
from bakau_analytics.findings.reasons import summarise
from bakau_analytics.run import analyse
from bakau_graph.archive.derived import DERIVED


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "town")


def tables_of(town, run_id=None):
    snapshot = town.archive.snapshot()
    return {name: snapshot.derived(name, run_id) for name in DERIVED}


def findings_of(town, kind=None, run_id=None):
    """finding_id → (set of subjects, row)."""
    tables = tables_of(town, run_id)
    rows = {row["finding_id"]: row for row in tables["finding"].to_pylist() if kind in (None, row["kind"])}
    subjects = {name: set() for name in rows}
    for row in tables["finding_subject"].to_pylist():
        if row["finding_id"] in subjects:
            subjects[row["finding_id"]].add(row["account_key"])
    return {name: (frozenset(subjects[name]), row) for name, row in rows.items()}


def keys(town, *names):
    return frozenset(town.keys(names))


def test_a_ring_becomes_one_network_and_ordinary_people_become_nothing(town):
    town.pay(ring("a") + ring("b", hours=300) + ordinary())
    analyse(town.archive)
    networks = [subjects for subjects, _ in findings_of(town, "network").values()]
    assert any(keys(town, "a-r0", "a-r1") <= found for found in networks)
    assert not any(keys(town, "a-r0", "b-r0") <= found for found in networks)
    accused = set().union(*(subjects for subjects, _ in findings_of(town).values()))
    assert not accused & keys(town, *(f"o{place}" for place in range(40)))


def test_every_score_is_the_sum_of_its_reasons_and_summing_up_keeps_it(town):
    town.pay(ring("a", receivers=5) + ordinary())
    analyse(town.archive)
    tables = tables_of(town)
    for rows in (tables["finding_reason"], summarise(tables["finding_reason"])):
        total = dict.fromkeys(tables["finding"]["finding_id"].to_pylist(), 0)
        for row in rows.to_pylist():
            total[row["finding_id"]] += row["points"]
        assert total == dict(zip(tables["finding"]["finding_id"].to_pylist(), tables["finding"]["score"].to_pylist(), strict=True))
    assert len(summarise(tables["finding_reason"])) == len(
        {(row["finding_id"], row["name"]) for row in tables["finding_reason"].to_pylist()}
    )


def test_an_indicator_counts_for_at_most_three_members_of_a_network_and_the_model_for_one(town):
    town.pay(ring("a", receivers=5) + ordinary())
    analyse(town.archive)
    (name,) = (name for name, (subjects, _) in findings_of(town, "network").items() if keys(town, "a-r0") <= subjects)
    reasons = [row for row in tables_of(town)["finding_reason"].to_pylist() if row["finding_id"] == name]
    paying = [row for row in reasons if row["name"] == "BKU-01"]
    assert len(paying) == 5
    assert sum(row["points"] > 0 for row in paying) == 3
    assert sum(row["points"] > 0 for row in reasons if row["name"] == "isolation_forest") <= 1


def test_with_every_model_contribution_zeroed_no_finding_appears_or_disappears(town):
    town.pay(ring("a") + ring("b", hours=300, each=3) + ordinary())
    analyse(town.archive)
    with_model = findings_of(town)
    analyse(town.archive, settings=Settings(most_model_points=0))
    without = findings_of(town)
    assert len(with_model) >= 2, "where nothing is found, nothing can disappear"
    moved = [name for name, (_, row) in with_model.items() if row["score"] != without[name][1]["score"]]
    assert moved, "the model said nothing: this world shows nothing"
    assert {name: subjects for name, (subjects, _) in with_model.items()} == {name: subjects for name, (subjects, _) in without.items()}
    assert all(row["status"] == "same" for _, row in without.values())
    assert all(row["contribution"] == 0 for row in tables_of(town)["score"].to_pylist() if row["kind"] == "model")


def test_the_same_analysis_again_adds_nothing(town):
    town.pay(ring("a"))
    first = analyse(town.archive)
    version = town.archive.snapshot().version
    again = analyse(town.archive)
    assert again.repeated
    assert town.archive.snapshot().version == version
    assert dataclasses.replace(again, seconds=0, repeated=False) == dataclasses.replace(first, seconds=0)


def test_the_same_facts_give_the_same_bytes(town):
    batch = ring("a") + ring("b", hours=300) + ordinary()
    town.pay(batch)
    first = analyse(town.archive)
    extra = town.pay(ring("c", hours=50))
    analyse(town.archive)
    town.archive.withdraw(extra, reason="test")
    back = analyse(town.archive)
    lineage = {"revision", "previous", "status", "finding_id"}
    before, after = tables_of(town, first.run_id), tables_of(town, back.run_id)
    for name in ("score", "hit", "community", "finding_subject", "finding_context", "finding_reason", "evidence"):
        assert before[name].equals(after[name]), name
    kept = [column for column in before["finding"].column_names if column not in lineage - {"finding_id"}]
    assert before["finding"].select(kept).equals(after["finding"].select(kept))
    assert back.run_id != first.run_id


def test_two_computations_of_one_snapshot_are_equal_to_the_last_byte(town):
    from bakau_analytics.detection import detect_findings
    from bakau_analytics.findings.lineage import continue_findings
    from bakau_analytics.indicators.load import load_packs
    from bakau_analytics.run import build_tables

    town.pay(ring("a") + ordinary())
    made = []
    for _ in range(2):
        snapshot = town.archive.snapshot()
        with snapshot.connect() as connection:
            found = detect_findings(connection, load_packs(), snapshot.scorable(), Settings())
        tables = build_tables(found, continue_findings(found.draft, {}, {}))
        made.append({name: bytes_of(rows) for name, rows in tables.items()})
    assert made[0] == made[1]


def bytes_of(rows):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return sink.getvalue().to_pybytes()


def test_a_protected_account_has_no_number_and_joins_those_around_it_only_as_a_count(town):
    payments = ring("a", receivers=1)
    payments += [("a-r0", "child", 70, 5_000), ("child", "b-r0", 71, 4_900), *ring("b", receivers=1)]
    town.pay(payments + ordinary())
    town.protect("child")
    summary = analyse(town.archive)
    assert summary.protected_accounts == 1
    child = town.key("child")
    for name, rows in tables_of(town).items():
        if "account_key" in rows.column_names:
            assert child not in rows["account_key"].to_pylist(), name
    (found,) = (pair for pair in findings_of(town, "network").values() if keys(town, "a-r0", "b-r0") <= pair[0])
    assert found[1]["protected_count"] == 1
    reasons = {row["name"] for row in tables_of(town)["finding_reason"].to_pylist() if row["finding_id"] == found[1]["finding_id"]}
    assert "tied_through_protected" in reasons


def test_a_later_mark_takes_the_member_out_of_the_network_and_its_revision_grows(town):
    town.pay(ring("a", receivers=4) + ordinary())
    analyse(town.archive)
    (before,) = findings_of(town, "network").values()
    town.protect("a-r0")
    summary = analyse(town.archive)
    (after,) = findings_of(town, "network").values()
    assert after[1]["finding_id"] == before[1]["finding_id"]
    assert after[1]["revision"] == before[1]["revision"] + 1
    assert after[1]["status"] == "changed"
    assert after[1]["previous"] == before[1]["finding_id"]
    assert after[0] == before[0] - keys(town, "a-r0")
    assert summary.gone == 0  # its account finding was withdrawn with the mark, before this run


def test_evidence_of_a_reason_is_there_and_counts_what_the_reason_says(town):
    town.pay(ring("a") + ordinary())
    analyse(town.archive)
    tables = tables_of(town)
    counted = {}
    for row in tables["evidence"].to_pylist():
        key = (row["finding_id"], row["account_key"], row["indicator"])
        counted[key] = counted.get(key, 0) + 1
    for row in tables["finding_reason"].to_pylist():
        if row["account_key"] is not None:
            assert counted.get((row["finding_id"], row["account_key"], row["name"]), 0) == row["evidence_count"]


def reasons_with_evidence(town):
    """(account, indicator) → ids of its evidence transfers, over all findings of the newest run."""
    found = {}
    for row in tables_of(town)["evidence"].to_pylist():
        found.setdefault((row["account_key"], row["indicator"]), set()).add(row["transfer_id"])
    return found


@pytest.mark.parametrize("place", range(4))
def test_removing_the_evidence_transfers_of_a_reason_removes_the_reason(tmp_path, place):
    payments = ring("a") + ring("b", hours=300, senders=9, each=3) + ordinary()
    whole = Town(tmp_path / "whole")
    whole.pay(payments)
    analyse(whole.archive)
    found = reasons_with_evidence(whole)
    kinds = sorted({indicator for _, indicator in found})
    assert len(kinds) >= 3, kinds
    indicator = kinds[place % len(kinds)]
    key = sorted(key for key, name in found if name == indicator)[place // len(kinds)]
    snapshot = whole.archive.snapshot()
    transfers = snapshot.table("transfer", ["transfer_id", "record"])
    gone = {record for name, record in zip(*(transfers[column].to_pylist() for column in ("transfer_id", "record")), strict=True) if name in found[key, indicator]}  # fmt: skip
    rest = Town(tmp_path / "rest")
    (rest.archive.workspace.keys / "surrogate.key").write_bytes((whole.archive.workspace.keys / "surrogate.key").read_bytes())
    rest.pay([payment for record, payment in enumerate(payments, start=2) if record not in gone])
    analyse(rest.archive)
    assert (key, indicator) not in reasons_with_evidence(rest)
    hits = tables_of(rest)["hit"].to_pylist()
    assert not [row for row in hits if (row["account_key"], row["indicator"], row["state"]) == (key, indicator, "hit")]


def test_nothing_to_analyse_gives_a_run_without_findings(town):
    summary = analyse(town.archive)
    assert (summary.accounts, summary.account_findings, summary.network_findings) == (0, 0, 0)
    assert analyse(town.archive).repeated


def test_an_engine_that_is_not_there_is_refused(town):
    with pytest.raises(UnsupportedError):
        analyse(town.archive, engine="abacus")
