from __future__ import annotations

from bakau_analytics.indicators.load import load_packs
from bakau_graph.archive import Archive


def test_sources_say_their_basis_and_how_much_of_them_is_in_use(world, shared_desk):
    view = shared_desk.sources()
    (row,) = view.rows.to_pylist()
    batches = Archive.open(world.workspace).batches()
    assert (row["source_id"], row["batches"]) == ("training", len(batches))
    assert row["records"] == sum(batch.report.loaded for batch in batches)
    assert row["authority"]
    assert row["legal_basis"]
    assert view.facts["is_training_only"] is True


def test_runs_say_what_they_stood_on(shared_desk):
    (run,) = shared_desk.runs().rows.to_pylist()
    assert run["run_id"] == shared_desk.findings().facts["run"]
    assert run["findings"] == len(shared_desk.findings().rows)
    assert run["is_stale"] is False
    assert run["previous"] is None


def test_the_network_says_what_it_holds(world, shared_desk):
    (row,) = shared_desk.network_status().rows.to_pylist()
    snapshot = Archive.open(world.workspace).snapshot()
    assert row["as_of"] == snapshot.label
    assert row["is_current"] is True
    assert row["transfers"] == len(snapshot.edges()) == sum(one["transfers"] for one in row["currencies"])


def test_rules_have_titles(shared_desk):
    assert {row["rule_id"]: row["title"] for row in shared_desk.rules().rows.to_pylist()} == {
        rule.id: rule.title for rule in load_packs().rules
    }
