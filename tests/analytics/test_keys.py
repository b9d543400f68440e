"""What is found does not hang on the keys of accounts, which every workspace draws anew."""

from __future__ import annotations

import numpy as np
from analytics.town import Town, ordinary, ring

from bakau_analytics.run import analyse


def payments():
    """Two rings, people who pay each other, and chance payments of whole hours, so that many fall on one moment."""
    random = np.random.default_rng(5)
    chance = [
        (f"x{random.integers(60)}", f"y{random.integers(25)}", int(random.integers(900)), int(random.integers(1, 40)) * 500)
        for _ in range(700)
    ]
    return ring("a") + ring("b", hours=300) + ordinary() + chance


def tell(path):
    """Points of every account by reason, and subjects and score of every finding, by the names of the accounts."""
    town = Town(path)
    town.pay(payments())
    analyse(town.archive)
    names = sorted({name for row in payments() for name in row[:2]})
    name_of = dict(zip(town.keys(names), names, strict=True))
    snapshot = town.archive.snapshot()
    points = {(name_of[row["account_key"]], row["name"], row["contribution"]) for row in snapshot.derived("score").to_pylist()}
    subjects = {}
    for row in snapshot.derived("finding_subject").to_pylist():
        subjects.setdefault(row["finding_id"], []).append(name_of[row["account_key"]])
    scores = {row["finding_id"]: row["score"] for row in snapshot.derived("finding").to_pylist()}
    return points, sorted((sorted(members), scores[finding]) for finding, members in subjects.items())


def test_the_same_payments_in_another_workspace_give_the_same_points_and_findings(tmp_path):
    (points, findings), (other_points, other_findings) = tell(tmp_path / "one"), tell(tmp_path / "other")
    assert len(findings) >= 2
    assert {name for _, name, _ in points} >= {"isolation_forest", "BKU-01"}
    assert points == other_points
    assert findings == other_findings
