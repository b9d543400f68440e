from __future__ import annotations

import pytest
from analytics.town import Town, ordinary, ring

from bakau_analytics.evaluation.planted import Planted, Truth, is_found, measure
from bakau_analytics.evaluation.report import evaluate_truth, to_lines
from bakau_analytics.run import analyse


def network(*core, name="n", scheme="fan_in", others=(), sweepers=()):
    return Planted(name, scheme, frozenset(core), frozenset(core) | frozenset(others), frozenset(sweepers))


def test_a_network_is_found_when_half_its_core_is_named():
    assert is_found(network(1, 2, 3, 4), [frozenset({1}), frozenset({2, 9})])
    assert not is_found(network(1, 2, 3), [frozenset({1}), frozenset({9})])
    assert not is_found(network(), [frozenset({1})])


def test_figures_count_networks_findings_adults_and_lookalikes():
    planted = (
        network(1, 2, name="a", others=(3,)),
        network(5, 6, name="b", scheme="chain"),
        network(7, name="c", scheme="swept", sweepers=(7,)),
    )
    ranked = [frozenset({1, 2}), frozenset({3, 30}), frozenset({40}), frozenset({7}), frozenset({21, 41, 42})]
    found = measure(Truth(planted, {"family": frozenset({20, 21})}), ranked)
    assert found["networks"] == 3
    assert found["recall"]["all"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["precision"]["all"] == pytest.approx(3 / 5)
    assert found["sweeping_adults"]["top_20"] == {"planted": 1, "found": 1}
    assert found["recall_by_scheme"] == {
        "chain": {"planted": 1, "top_20": 0, "top_100": 0, "all": 0},
        "fan_in": {"planted": 1, "top_20": 1, "top_100": 1, "all": 1},
        "swept": {"planted": 1, "top_20": 1, "top_100": 1, "all": 1},
    }
    assert found["lookalikes"] == {"family": {"planted": 2, "top_20": 1, "top_100": 1, "all": 1}}


def test_only_the_first_findings_count_at_a_depth():
    ranked = [frozenset({place + 100}) for place in range(20)] + [frozenset({1, 2})]
    found = measure(Truth((network(1, 2),), {}), ranked)
    assert (found["recall"]["top_20"], found["recall"]["top_100"]) == (0, 1)


def test_no_finding_is_no_error():
    found = measure(Truth((network(1),), {}), [])
    assert (found["recall"]["all"], found["precision"]["all"]) == (0, 0)


def test_a_world_is_joined_by_account_number_and_protected_members_are_left_out(tmp_path):
    town = Town(tmp_path / "town")
    town.pay(ring("a") + ring("b", hours=300) + ordinary())
    town.protect("b-r0")
    analyse(town.archive)
    truth = tmp_path / "world.truth"
    truth.mkdir()
    parts = (("r0", "facilitator", 1), ("r1", "facilitator", 1), ("s0", "consumer", 0))
    lines = ["network_id,scheme,account_number,role,in_core,lookalike"]
    lines += [f"n1,fan_in,a-{part},{role},{core},0" for part, role, core in parts]
    lines += ["n2,swept,b-r0,receiver,1,0", "n2,swept,b-r1,sweep,1,0", "l1,payroll,o1,lookalike,0,1"]
    (truth / "networks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = evaluate_truth(town.archive, truth)
    assert report["kind"] == "planted"
    assert report["recall"]["top_20"] == 1
    assert report["sweeping_adults"]["all"] == {"planted": 1, "found": 1}
    assert report["lookalikes"] == {"payroll": {"planted": 1, "top_20": 0, "top_100": 0, "all": 0}}
    assert any("adults behind swept child accounts 1 of 1" in line for line in to_lines(report))
