from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.protection import ProtectionSet
from bakau_analytics.anomaly.order import MOST_UNSPOKEN
from bakau_analytics.findings.accounts import open_accounts
from bakau_analytics.findings.contributions import build_contributions
from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.indicators.load import load_packs
from bakau_graph.archive.derived import HIT

PACKS = load_packs()
RULES = {rule.id: rule for rule in PACKS.rules}
PLAIN = sorted(name for name, rule in RULES.items() if not rule.profile)
PROFILE = sorted(name for name, rule in RULES.items() if rule.profile)


def hits_of(*rows, state="hit"):
    """(account, indicator, points) as the engine would give them."""
    return pa.Table.from_pylist(
        [
            {"account_key": key, "indicator": name, "version": "1.0", "state": state, "points": points, "role": RULES[name].role.value}
            for key, name, points in rows
        ],
        HIT.schema,
    )


def everybody(count=10, protected=()):
    none = np.empty(0, np.int64)
    marked = np.array(protected, np.int64)
    protection = ProtectionSet.build(protected_accounts=marked, protected_parties=none, adult_accounts=none, adult_parties=none)
    return protection.scorable(np.arange(count))


def build(hits, *, scorable=None, rule=FindingRule(), model=None):  # noqa: B008 - frozen
    scorable = scorable or everybody()
    points = np.zeros(len(scorable), np.int64) if model is None else np.asarray(model)
    return build_contributions(hits, PACKS, scorable, model_points=points, rule=rule)


def test_indicators_of_one_family_are_capped_together_strongest_first():
    assert RULES["BKU-01"].family == RULES["LSC-12"].family
    found = build(hits_of((1, "LSC-12", 20), (1, "BKU-01", 35), (1, "FAC-01", 20)), rule=FindingRule(family_cap=40))
    points = dict(zip(found.hits["indicator"].to_pylist(), found.hits["points"].to_pylist(), strict=True))
    assert points == {"BKU-01": 35, "LSC-12": 5, "FAC-01": 20}
    assert found.rule_points[1] == 60
    assert found.families[1] == 2
    assert found.strongest[1] == 35


def test_benign_evidence_subtracts_whole_and_is_no_family():
    found = build(hits_of((2, "FAC-01", 30), (2, "BEN-02", -30)))
    assert found.rule_points[2] == 0
    assert found.families[2] == 1


def test_no_rule_about_a_profile_adds_points():
    assert PROFILE
    assert all(RULES[name].points.base <= 0 >= RULES[name].points.cap for name in PROFILE)
    assert all(rule.points.base for rule in PACKS.rules if not rule.profile), "what is no profile says something"
    beside = build(hits_of((3, PROFILE[-1], 0), (3, "FAC-01", 20)))
    assert (beside.rule_points[3], beside.families[3]) == (20, 1)


def test_a_hit_on_an_account_that_may_carry_no_number_adds_nothing():
    found = build(hits_of((4, "FAC-01", 30), (5, "FAC-01", 30)), scorable=everybody(protected=[4]))
    assert found.hits["account_key"].to_pylist() == [5]
    assert 4 not in found.score_table()["account_key"].to_pylist()


def test_what_could_not_be_evaluated_adds_nothing():
    rows = hits_of((1, "FAC-01", 30)).to_pylist()
    rows.append({**rows[0], "account_key": None, "state": "not_evaluable", "points": 0})
    assert build(pa.Table.from_pylist(rows, HIT.schema)).rule_points.sum() == 30


def test_one_family_alone_opens_nothing_and_a_compound_indicator_does():
    rule = FindingRule(open_points=50)
    found = build(hits_of((1, "BKU-01", 35), (1, "LSC-12", 35), (2, "BKU-02", 55), (3, "FAC-01", 30), (3, "BKU-01", 25)), rule=rule)
    assert open_accounts(found, rule).tolist() == [2, 3]


@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(PLAIN), st.integers(-40, 70)), unique_by=lambda row: row[:2], max_size=60),
    model=st.lists(st.integers(0, 20), min_size=10, max_size=10),
    cap=st.integers(1, 120),
)
def test_a_score_is_the_sum_of_its_named_contributions(rows, model, cap):
    found = build(hits_of(*rows), model=model, rule=FindingRule(family_cap=cap))
    table = found.score_table()
    total = np.zeros(10, np.int64)
    np.add.at(total, table["account_key"].to_numpy(), table["contribution"].to_numpy())
    assert np.array_equal(total, found.rule_points + found.model_points)
    assert all(row["points"] == total[row["account_key"]] for row in table.to_pylist())
    for key in range(10):
        families = {}
        for account, name, points in rows:
            if account == key and points > 0:
                families[RULES[name].family] = families.get(RULES[name].family, 0) + points
        negative = sum(points for account, _, points in rows if account == key and points < 0)
        assert found.rule_points[key] == sum(min(cap, points) for points in families.values()) + negative


def test_the_model_orders_what_rules_speak_of_and_says_little_of_others():
    """Account 1 has a rule that adds, 2 one that subtracts, 3 one about a profile, 4 none, 5 none and hardly unusual."""
    rows = hits_of((1, "FAC-01", 6), (2, "BEN-02", -30), (3, PROFILE[-1], 0), (6, "FAC-01", 6), (6, "BEN-02", -30))
    found = build(rows, model=[0, 18, 18, 18, 18, 3, 18, 0, 0, 0])
    assert found.model_points.tolist() == [0, 18, MOST_UNSPOKEN, MOST_UNSPOKEN, MOST_UNSPOKEN, 3, 18, 0, 0, 0]


@pytest.mark.parametrize("model", [0, 20])
def test_the_model_opens_nothing(model):
    found = build(hits_of((1, "FAC-01", 30)), model=np.full(10, model))
    assert not len(open_accounts(found, FindingRule()))
