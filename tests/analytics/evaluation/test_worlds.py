"""Two worlds of usual habits and two of habits that nobody has seen, made, loaded, analysed and judged by the commands, as `make evaluate` does
with twenty and twenty larger ones. Nothing was weighed on these seeds. Worlds of 40,000 accounts hold five networks or so each, so the floors
lie below what larger worlds are held to; defaults of ours.
"""

from __future__ import annotations

import pytest
from benchmarks.evaluation import measure, parse

SEEDS = ("431", "432")
ACCOUNTS = "40000"
#: Least recall and precision of all networks of two worlds.
FLOORS = {"usual": (0.6, 0.6), "exam": (0.5, 0.5)}


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("kind", FLOORS)
def test_most_networks_of_worlds_nothing_was_weighed_on_are_found_and_most_findings_are_right(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "keys"))
    options = parse(["--accounts", ACCOUNTS, "--seeds", *SEEDS, *(["--exam"] if kind == "exam" else [])])
    last = list(measure(tmp_path, options))[-1]
    worlds = last["over_worlds"]
    recall, precision = FLOORS[kind]
    assert worlds["worlds"] == len(SEEDS)
    assert worlds["recall"]["median"] >= recall, worlds
    assert worlds["precision"]["median"] >= precision, worlds
    intervals = last["intervals"]
    assert (
        intervals["networks.recall"]["mean"]
        > intervals["baseline.isolation_forest.recall"]["mean"]
        > intervals["baseline.amount_count.recall"]["mean"]
    )
    assert worlds["gap_closed"] is None or worlds["gap_closed"] >= 0.6
    assert worlds["child_gap"] is None or worlds["child_gap"] >= -0.1, "a child's account must not become a hiding place"
