from __future__ import annotations

import pyarrow as pa
import pytest
from analytics.town import Town, ordinary, ring
from hypothesis import given
from hypothesis import strategies as st

from bakau_analytics.findings.assemble import Draft
from bakau_analytics.findings.lineage import Earlier, compare_runs, continue_findings, match_networks, name_finding, subject_hash
from bakau_analytics.findings.remarks import REASON
from bakau_analytics.run import analyse


def draft_of(*groups, kind="network", points=10):
    """A draft of networks with these subjects, one reason per subject."""
    pairs = [(number, key) for number, keys in enumerate(groups) for key in keys]
    subjects = pa.table({"grp": pa.array([n for n, _ in pairs], pa.int64()), "account_key": pa.array([k for _, k in pairs], pa.int64())})
    findings = pa.table({"grp": pa.array(range(len(groups)), pa.int64()), "kind": pa.array([kind] * len(groups), pa.string())})
    reasons = pa.Table.from_pylist(
        [
            {"grp": n, "account_key": k, "name": "FAC-01", "version": "1.0", "points": points, "observed": "seen", "evidence_count": 3}
            for n, k in pairs
        ],
        REASON,
    )
    return Draft(findings, subjects, subjects, subjects, reasons, reasons, reasons)


def stood(steps, *groups):
    """What a later run finds of those groups."""
    from bakau_analytics.findings.lineage import _digest

    digests = _digest(draft_of(*groups).reasons, "grp")
    return {
        steps[number].finding_id: Earlier(steps[number].revision, "network", tuple(sorted(keys)), digests[number])
        for number, keys in enumerate(groups)
    }


def test_ids_do_not_depend_on_the_order_of_subjects():
    assert name_finding("network", [3, 1, 2]) == name_finding("network", [1, 2, 3])
    assert name_finding("network", [1]) != name_finding("account", [1])
    assert subject_hash("network", [1, 23]) != subject_hash("network", [12, 3])


def test_a_network_that_keeps_half_its_subjects_keeps_its_id_and_grows_a_revision():
    first = continue_findings(draft_of((1, 2, 3, 4)), {}, {})
    later = continue_findings(draft_of((1, 2, 3, 4, 5, 6, 7, 8)), stood(first, (1, 2, 3, 4)), {})
    assert later[0].finding_id == first[0].finding_id
    assert (later[0].revision, later[0].status) == (2, "changed")
    other = continue_findings(draft_of((1, 2, 3, 4, 5, 6, 7, 8, 9)), stood(first, (1, 2, 3, 4)), {})
    assert other[0].finding_id != first[0].finding_id
    assert (other[0].revision, other[0].status, other[0].previous) == (1, "new", None)


def test_nothing_changed_means_the_same_revision():
    first = continue_findings(draft_of((1, 2)), {}, {})
    again = continue_findings(draft_of((1, 2)), stood(first, (1, 2)), {})
    assert (again[0].revision, again[0].status) == (1, "same")


def test_other_reasons_for_the_same_subjects_are_a_change():
    first = continue_findings(draft_of((1, 2)), {}, {})
    again = continue_findings(draft_of((1, 2), points=11), stood(first, (1, 2)), {})
    assert (again[0].revision, again[0].status) == (2, "changed")


def test_of_two_halves_one_continues_and_the_other_is_new_even_when_it_has_the_first_subjects():
    first = continue_findings(draft_of((1, 2)), {}, {})
    grown = continue_findings(draft_of((1, 2, 3, 4)), stood(first, (1, 2)), {})
    assert grown[0].finding_id == first[0].finding_id
    split = continue_findings(draft_of((1, 2), (3, 4, 5)), stood(grown, (1, 2, 3, 4)), {})
    assert len({step.finding_id for step in split.values()}) == 2
    assert sum(step.status == "new" for step in split.values()) == 1


def test_a_finding_that_comes_back_goes_on_counting():
    name = name_finding("account", [7])
    back = continue_findings(draft_of((7,), kind="account"), {}, {name: Earlier(3, "account", (), "")})
    assert (back[0].finding_id, back[0].revision, back[0].status) == (name, 4, "changed")


groups = st.lists(st.sets(st.integers(0, 12), min_size=2, max_size=6), max_size=4).map(
    lambda found: [tuple(sorted(keys)) for place, keys in enumerate(found) if not any(keys & other for other in found[:place])]
)


@given(before=groups, after=groups)
def test_matching_is_one_to_one_and_never_below_one_half(before, after):
    first = continue_findings(draft_of(*before), {}, {})
    earlier = stood(first, *before)
    matched = match_networks(draft_of(*after), earlier)
    assert len(set(matched.values())) == len(matched)
    for group, name in matched.items():
        old, new = set(earlier[name].subjects), set(after[group])
        assert 2 * len(old & new) >= len(old | new)
    steps = continue_findings(draft_of(*after), earlier, {})
    assert len({step.finding_id for step in steps.values()}) == len(after)
    for group, keys in enumerate(after):
        if keys in before:
            assert steps[group].finding_id == first[before.index(keys)].finding_id
            assert steps[group].status == "same"


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "town")


def named_by(town, run):
    """The finding that names each subject of a run."""
    rows = town.archive.snapshot().derived("finding_subject", run).to_pylist()
    return {row["account_key"]: row["finding_id"] for row in rows}


def test_runs_compare_as_new_changed_gone_and_same(town):
    town.pay(ring("a", receivers=3) + ordinary())
    gone = town.pay(ring("b", hours=300))
    first = analyse(town.archive)
    town.archive.withdraw(gone, reason="test")
    town.pay(ring("c", hours=700) + [(f"a-x{place}", "a-r0", 3 + place, 4_000) for place in range(9)])
    second = analyse(town.archive)
    found = compare_runs(town.archive.snapshot(), first.run_id, second.run_id)
    named = {run: named_by(town, run) for run in (first.run_id, second.run_id)}
    assert named[first.run_id][town.key("a-r0")] == named[second.run_id][town.key("a-r0")]
    assert named[second.run_id][town.key("a-r0")] in found.changed
    assert named[first.run_id][town.key("b-r0")] in found.gone
    assert named[second.run_id][town.key("c-r0")] in found.new
    assert (second.new, second.changed, second.gone) == (len(found.new), len(found.changed), len(found.gone))
    back = compare_runs(town.archive.snapshot(), second.run_id, first.run_id)
    assert back.gone == found.new


def test_model_points_that_move_change_no_revision(town):
    town.pay(ring("a") + ordinary())
    analyse(town.archive)
    town.pay([(f"n{place}", f"n{place + 1}", 2_000 + place, 77_000) for place in range(200)])
    analyse(town.archive)
    rows = town.archive.snapshot().derived("finding").to_pylist()
    assert rows
    assert {row["revision"] for row in rows} == {1}
