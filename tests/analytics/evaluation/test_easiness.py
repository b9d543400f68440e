"""The guard against easy worlds, on samples small enough to think through."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bakau_analytics.evaluation import easiness
from bakau_analytics.evaluation.easiness import RULES, Sample, judge, make_sample

NAMES = tuple(sorted({name for conditions, order in RULES.values() for name in (order, *(one for one, _, _ in conditions))} | {"payments_in", "senders", "median_in", "small_senders_abroad", "payments_abroad_in", "payments_abroad_out", "receivers_abroad", "median_abroad_out", "onward_24h"}))  # fmt: skip


def sample(seed: int, *, shift: float = 0.0, accounts: int = 2_500, guilty: int = 60) -> Sample:
    """Guilty accounts among others; `shift` moves one of their features away."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 1, (accounts, len(NAMES)))
    is_guilty = np.arange(accounts) < guilty
    values[is_guilty, NAMES.index("senders_abroad")] += shift
    role = tuple("facilitator" if place < guilty else "" for place in range(accounts))
    return Sample(NAMES, values, is_guilty, role, tuple(np.arange(place, place + 4) for place in range(0, guilty, 4)))


def test_guilty_accounts_that_look_like_all_others_pass():
    made = judge(sample(1), [sample(2), sample(3)])
    assert made.refused == ()
    assert made.tree < 0.5
    assert max(made.features.values()) < 0.2


def test_a_single_telling_feature_is_refused_by_name():
    made = judge(sample(1, shift=300), [sample(2, shift=300)])
    assert made.features["senders_abroad"] == 1.0
    assert any("senders_abroad" in reason for reason in made.refused)
    assert any("tree" in reason for reason in made.refused)
    assert made.ceiling["precision"] > 0.9


def test_a_low_value_can_tell_as_much_as_a_high_one():
    made = judge(sample(1, shift=-300), [sample(2, shift=-300)])
    assert made.features["senders_abroad"] == 1.0


def test_too_few_lookalikes_in_the_region_are_refused():
    crowd = sample(1, accounts=300, guilty=150)
    assert any("look-alikes for one receiver" in reason for reason in judge(crowd, [sample(2)]).refused)


def test_the_order_of_rows_tells_nothing():
    """Everybody has the same value: the first hundred are no better than chance, wherever the guilty stand."""
    flat = sample(1)
    tied = Sample(flat.names, np.ones_like(flat.values), flat.guilty, flat.role, flat.networks)
    assert max(judge(tied, [tied]).features.values()) < 0.2


def test_what_cannot_be_told_is_never_among_the_first():
    score = np.array([np.nan, 1.0, np.nan, 3.0, 2.0])
    assert sorted(easiness._top(score, 5).tolist()) == [1, 3, 4]


def test_a_sample_joins_the_truth_by_key_and_leaves_out_who_may_not_be_named():
    features = pa.table({"key": [2, 5, 9], "senders": [1, None, 3]})
    planted = pa.table(
        {"network_id": ["N1", "N1", "N1"], "role": ["sweep", "consumer", "facilitator"], "in_core": [True, False, True], "key": [5, 9, 7]}
    )
    made = make_sample(features, planted)
    assert made.guilty.tolist() == [False, True, True]
    assert made.role == ("", "sweep", "consumer")
    assert [core.tolist() for core in made.networks] == [[1]]
    assert np.isnan(made.values[1, 0])


@pytest.mark.parametrize("rule", RULES)
def test_every_published_rule_is_one_of_the_catalogue(rule):
    assert rule.split()[0][:3] in {"LSC", "FAC", "FSX", "NET", "VIC"}
