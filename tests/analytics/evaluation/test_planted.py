from __future__ import annotations

import pytest
from analytics.town import Town, ordinary, ring
from hypothesis import given
from hypothesis import strategies as st

from bakau_analytics.evaluation.networks import Question, size_of
from bakau_analytics.evaluation.planted import Planted, Truth
from bakau_analytics.evaluation.ranking import read
from bakau_analytics.evaluation.report import evaluate_truth, to_lines
from bakau_analytics.run import analyse


def network(*core, name="n", consumers=(), sweepers=(), payers=20):
    return Planted(
        network_id=name,
        scheme="fan_in",
        crime_type="OCSE",
        core=frozenset(core),
        consumers=frozenset(consumers),
        sweepers=frozenset(sweepers),
        payers=payers,
    )


def findings(*subjects):
    return [frozenset(keys) for keys in subjects]


def test_a_finding_is_true_when_half_of_its_subjects_are_one_networks_core_or_consumers():
    truth = Truth((network(1, 2, name="a", consumers=(3, 4)), network(5, name="b")), {})
    assert read(truth, findings({1, 3, 90, 91}), 10).verdicts == ("true",)
    assert read(truth, findings({1, 90, 91}), 10).verdicts == ("false",)
    assert read(truth, findings({1, 5, 90, 91}), 10).verdicts == ("false",), "half of two networks together is half of none"


def test_a_finding_that_names_a_lookalike_is_never_true():
    truth = Truth((network(1, 2, 3),), {"family": frozenset({20})})
    assert read(truth, findings({1, 2, 3, 20}), 10).verdicts == ("lookalike",)


def test_a_second_finding_on_the_same_network_counts_against_precision():
    reading = read(Truth((network(1, 2), network(7, name="m")), {}), findings({1}, {2}, {7}), 10)
    assert reading.verdicts == ("true", "duplicate", "true")
    assert (reading.recall, reading.precision) == (1, pytest.approx(2 / 3, abs=1e-4))


def test_payers_of_two_networks_recover_first_one_then_the_other():
    truth = Truth((network(1, name="a", consumers=(8, 9)), network(2, name="b", consumers=(8, 9))), {})
    assert read(truth, findings({8}, {9}, {8, 9}), 10).verdicts == ("true", "true", "duplicate")


def test_recall_is_over_the_smaller_of_budget_and_planted():
    truth = Truth(tuple(network(place, name=str(place)) for place in range(10)), {})
    assert read(truth, findings({0}, {1}, {2}), 2).recall == 1
    assert read(truth, findings({0}, {1}, {2}), 100).recall == pytest.approx(0.3)


def test_networks_of_few_payers_count_neither_for_nor_against():
    reading = read(Truth((network(1, payers=5), network(2, name="m", payers=6)), {}), findings({1}, {2}), 10)
    assert reading.verdicts == ("small", "true")
    assert (reading.planted, reading.recall, reading.precision) == (1, 1, 1)


def test_nothing_found_is_no_error():
    reading = read(Truth((network(1),), {}), [], 100)
    assert (reading.recall, reading.precision) == (0, 0)


@given(st.lists(st.frozensets(st.integers(0, 12), min_size=1, max_size=4), max_size=20), st.integers(1, 20))
def test_a_longer_reading_begins_with_the_shorter_one_and_never_recovers_less(ranked, budget):
    truth = Truth((network(1, 2, name="a", consumers=(3,)), network(4, name="b", consumers=(3, 5))), {"shop": frozenset({6})})
    whole, part = read(truth, ranked, 20), read(truth, ranked, budget)
    assert whole.verdicts[:budget] == part.verdicts
    assert part.recovered <= whole.recovered
    assert len(part.recovered) == part.verdicts.count("true")
    curve = part.recovered_after
    assert curve == sorted(curve)
    assert (curve or [0])[-1] == len(part.recovered)


@pytest.mark.parametrize(("payers", "band"), [(6, "6-10"), (10, "6-10"), (11, "11-20"), (50, "21-50"), (51, "51+"), (900, "51+")])
def test_sizes_are_bands_of_payers(payers, band):
    assert size_of(network(1, payers=payers)) == band


HEADER = "network_id,scheme,crime_type,account_number,role,in_core,lookalike,receives_on"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Two rings of twelve payers each, one beside a protected child, and ordinary people; analysed."""
    folder = tmp_path_factory.mktemp("town")
    town = Town(folder / "town")
    town.pay(ring("a") + ring("b", hours=300) + ordinary())
    town.protect("b-r0")
    analyse(town.archive)
    truth = folder / "world.truth"
    truth.mkdir()
    lines = [HEADER]
    for name, receiving in (("a", "own"), ("b", "child")):
        parts = [("r0", "facilitator", 1), ("r1", "sweep", 1), ("c", "cash_out", 1)]
        parts += [(f"s{place}", "consumer", 0) for place in range(12)]
        lines += [f"{name},fan_in,OCSE,{name}-{part},{role},{core},0,{receiving}" for part, role, core in parts]
    lines += ["l1,payroll,none,o1,lookalike,0,1,", "l1,payroll,none,not-loaded,lookalike,0,1,"]
    (truth / "networks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return town, truth


def test_a_world_is_joined_by_account_number_and_protected_members_are_left_out(town):
    archive, truth = town[0].archive, town[1]
    report = evaluate_truth(archive, truth)
    assert report["schema"] == "bakau.evaluation/1"
    assert report["networks"]["planted"] == 2
    assert report["networks"]["recall"] == 1
    assert report["sweeping_adults"] == {"planted": 2, "found": 2}
    assert report["lookalikes"] == {"payroll": {"planted": 1, "named": 0}}
    assert report["by"]["receiving_on_child_account"] == {
        "own": {"planted": 1, "recovered": 1, "recall": 1},
        "child": {"planted": 1, "recovered": 1, "recall": 1},
    }
    assert report["by"]["rail"] == {"bank": {"planted": 2, "recovered": 2, "recall": 1}}
    assert report["by"]["size"] == {"11-20": {"planted": 2, "recovered": 2, "recall": 1}}
    assert 0 < report["accounts"]["ap"] <= 1
    assert report["recovered_after"][-1] == 2
    assert "adults behind swept child accounts 2 of 2" in to_lines(report)[0]


def test_a_budget_of_one_finding_recovers_one_network(town):
    report = evaluate_truth(town[0].archive, town[1], question=Question(budget=1))
    assert report["networks"] == {"planted": 2, "recovered": 1, "recall": 1, "precision": 1}
