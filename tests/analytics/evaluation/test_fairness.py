"""Where somebody comes from must not matter: the two gates, on the small world that other tests look at too."""

from __future__ import annotations

import numpy as np
import pytest
import small_world
from architecture.checkout import ROOT

from bakau_analytics.evaluation.fairness import MOST_CHANGED, MOST_TIMES, count_changed, permute, pool_fairness, stand_first
from bakau_analytics.evaluation.networks import Question
from bakau_analytics.evaluation.planted import load_truth
from bakau_analytics.evaluation.report import evaluate_truth, to_lines, worlds_lines
from bakau_analytics.evaluation.seeds import over_worlds
from bakau_analytics.indicators.load import load_packs
from bakau_graph.archive import Archive


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The small world, judged. 5,000 innocents in a million accounts are 20 here, the least a group must have."""
    world = small_world.own_copy(tmp_path_factory, "fairness")
    archive = Archive.open(world.workspace)
    truth = world.files.with_name("world.truth")
    return archive, truth, evaluate_truth(archive, truth, question=Question(fairness=True))


def test_dealing_out_the_profiles_of_innocents_anew_changes_hardly_any_of_the_first_findings(report):
    fairness = report[2]["fairness"]
    assert fairness["findings"]
    assert fairness["changed"] <= MOST_CHANGED


def test_no_corridor_and_no_kind_of_lookalike_stands_first_more_often_than_people_alike_at_home(report):
    fairness = report[2]["fairness"]
    assert any(name.startswith("corridor") for name in fairness["groups"])
    assert all(group["accounts"] >= fairness["group_size"] for group in fairness["groups"].values())
    broken = {name: (group["times"], group["most_lifted_by"]) for name, group in fairness["groups"].items() if group["is_broken"]}
    assert not broken, f"more than {MOST_TIMES} times, lifted most by"
    assert fairness["is_met"]
    assert any("fairness" in line for line in to_lines(report[2]))


@pytest.mark.parametrize("apart", [True, False])
def test_what_is_dealt_out_anew_is_the_profile_of_innocents_on_their_rail_and_nothing_else(report, apart):
    archive, folder, _ = report
    snapshot = archive.snapshot()
    planted = frozenset().union(*(network.members for network in load_truth(archive, snapshot, folder).networks))
    with snapshot.connect() as connection:
        permute(connection, planted, seed=1, apart=apart)
        profile = "src_country, dst_country, src_outlet, dst_outlet"
        kept = f"SELECT * EXCLUDE ({profile}) FROM {{}} ORDER BY transfer_id"
        assert connection.sql(kept.format("transfer")).fetchall() == connection.sql(kept.format("transfer_as_it_is")).fetchall()
        rails = f"SELECT channel, {profile}, count(*) FROM {{}} GROUP BY ALL ORDER BY ALL"
        assert connection.sql(rails.format("transfer")).fetchall() == connection.sql(rails.format("transfer_as_it_is")).fetchall()
        moved = "SELECT t.src_key, t.dst_key FROM transfer t JOIN transfer_as_it_is a USING (transfer_id) WHERE t.src_country IS DISTINCT FROM a.src_country"
        ends = {key for row in connection.sql(moved).fetchall() for key in row}
    assert ends
    assert not ends & planted


def test_the_first_findings_rest_on_two_families_each(report):
    rest_on_two_families(report[0].snapshot())


@pytest.mark.nightly
def test_the_first_findings_of_the_demo_rest_on_two_families_each(tmp_path):
    """The world of `make demo`: the recipe's own line makes it."""
    [recipe] = [line.split() for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "world make demo/world" in line]
    world, workspace = tmp_path / "world", tmp_path / "workspace"
    small_world.bakau(None, "world", "make", world, *recipe[4:])
    small_world.load(small_world.SmallWorld(world, workspace))
    assert rest_on_two_families(Archive.open(workspace).snapshot())


def rest_on_two_families(snapshot):
    """The first twenty findings, or all where there are fewer, each with the families of the rules that add to its score."""
    rules = {rule.id: rule for rule in load_packs().rules}
    order = snapshot.derived("finding").sort_by([("score", "descending"), ("finding_id", "ascending")])["finding_id"].to_pylist()[:20]
    families = {name: set() for name in order}
    for row in snapshot.derived("finding_reason").to_pylist():
        if row["finding_id"] in families and row["points"] > 0 and row["name"] in rules:
            families[row["finding_id"]].add(rules[row["name"]].family)
    assert families
    assert all(len(found) >= 2 for found in families.values()), families
    return families


@pytest.mark.nightly
def test_the_gates_hold_on_a_larger_world(tmp_path):
    world, workspace = tmp_path / "world", tmp_path / "workspace"
    small_world.bakau(None, "world", "make", world, "--accounts", "20000", "--seed", "11")
    small_world.load(small_world.SmallWorld(world, workspace))
    archive = Archive.open(workspace)
    found = evaluate_truth(archive, world.with_name("world.truth"), question=Question(fairness=True))["fairness"]
    assert found["is_met"], found


def test_a_finding_is_the_same_while_half_of_its_subjects_stay():
    one, other = frozenset({1, 2, 3}), frozenset({7})
    assert count_changed([one, other], [frozenset({1, 2}), other]) == 0
    assert count_changed([one, other], [one]) == 0.5
    assert count_changed([one], [one, other, frozenset({8})]) == pytest.approx(2 / 3, abs=1e-4)


def test_accounts_of_equal_points_share_the_last_places():
    assert stand_first(np.array([9, 5, 5, 1]), 2).tolist() == [1, 0.5, 0.5, 0]
    assert stand_first(np.array([3, 3, 3, 3]), 1).sum() == 1


def test_a_rule_that_looks_at_a_corridor_alone_breaks_the_gate(tmp_path):
    """The gate can fail: accounts of one corridor that get points for it and for nothing else."""
    from bakau_analytics.evaluation.fairness import _Accounts, _compare

    keys = np.arange(2_000)
    abroad = keys < 200
    first = np.where(abroad, 0.05, 0.005)
    accounts = _Accounts(keys, first, np.zeros(2_000, np.int64), [""] * 2_000, ~abroad)
    found = _compare(accounts, np.flatnonzero(abroad), {"XYZ-01": dict.fromkeys(range(200), 25), "FAC-01": {7: 5, 900: 5}})
    assert found["is_broken"]
    assert (found["times"], found["most_lifted_by"], found["lift"]) == (10, "XYZ-01", 25)
    accounts = _Accounts(keys, np.full(2_000, 0.01), np.zeros(2_000, np.int64), [""] * 2_000, ~abroad)
    assert not _compare(accounts, np.flatnonzero(abroad), {})["is_broken"]


def of_world(share, *, accounts=600, changed=0.0, size=500):
    group = {"accounts": accounts, "share": share, "matched": 0.01, "times": 0, "chance": 1, "is_broken": False}
    return {"changed": changed, "group_size": size, "groups": {"corridor AA-BB": group}}


def test_over_worlds_innocents_are_put_together_and_chance_hides_less():
    """Twenty in a thousand instead of ten: chance in one world, not in ten."""
    one, ten = pool_fairness([of_world(0.02)]), pool_fairness([of_world(0.02)] * 10)
    assert (one["groups"]["corridor AA-BB"]["accounts"], ten["groups"]["corridor AA-BB"]["accounts"]) == (600, 6_000)
    assert one["is_met"]
    assert not ten["is_met"]
    assert pool_fairness([of_world(0.02), of_world(0.004)])["groups"]["corridor AA-BB"]["times"] == 1.2
    assert not pool_fairness([of_world(0.01, changed=0.2), of_world(0.01)])["is_met"]


def test_over_worlds_a_small_group_is_left_out_until_there_are_five_thousand():
    assert pool_fairness([of_world(0.5), of_world(0.0, size=900)])["groups"] == {}, "1,400 are asked for, there are 1,200"
    many = [of_world(0.01, accounts=600, size=900)] * 9
    assert pool_fairness(many)["group_size"] == 5_000
    assert pool_fairness(many)["groups"]["corridor AA-BB"]["accounts"] == 5_400


def test_worlds_that_were_not_asked_about_fairness_say_nothing_of_it_together(report):
    with_it = report[2]
    assert over_worlds([with_it, with_it])["fairness"]["group_size"] == 2 * with_it["fairness"]["group_size"]
    assert over_worlds([with_it, {**with_it, "fairness": None}])["fairness"] is None
    lines = worlds_lines(over_worlds([with_it, with_it]))
    assert any("at the mean over worlds" in line for line in lines)
    assert "both gates met" in lines[-1]
