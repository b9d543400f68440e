"""Lists that a rule needs: without one it is not evaluable and names it, a hit says who says so, and being listed is no role."""

from __future__ import annotations

import pytest

from bakau.times import DAY_US
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.openness import find_open
from bakau_analytics.indicators.pack import PackSet

PACKS = load_packs()
LISTED = [rule for rule in PACKS.rules if rule.lists]
PAID = PACKS.get("FSX-13")
A, B, SELLER, OTHER = 1, 2, 3, 4


def tag(made, subject, concept, giver="example.org", realm="account"):
    made.connection.execute("INSERT INTO shown_tag VALUES (?, ?, ?, ?)", [subject, realm, concept, giver])


def judged(made, rule=PAID):
    return evaluate(made.connection, PackSet((rule,)), made.scorable).to_pylist()


@pytest.fixture
def made(bench, row):
    return bench([row(1, A, SELLER, DAY_US), row(2, B, OTHER, DAY_US)], stated=True)


@pytest.mark.parametrize("rule", LISTED, ids=lambda rule: rule.id)
def test_a_rule_without_its_list_is_not_evaluable_and_names_the_list(rule, made):
    (said,) = judged(made, rule)
    assert (said["state"], said["account_key"]) == ("not_evaluable", None)
    assert all(f"no list {name} was given" in said["missing"] for name in rule.lists)


def test_a_list_that_names_nobody_here_is_no_hit(made):
    tag(made, 99, *PAID.lists)
    assert judged(made) == []


def test_a_hit_says_who_says_so_and_three_givers_at_the_most(made):
    for place in range(5):
        tag(made, SELLER, *PAID.lists, giver=f"giver-{place}")
    tag(made, OTHER, "another list", giver="nobody")
    (hit,) = judged(made)
    assert (hit["account_key"], hit["state"], hit["points"]) == (A, "hit", 1)
    assert hit["observed_text"].endswith("; says giver-0, giver-1, giver-2 and 2 more")


def test_a_giver_of_another_accounts_tag_is_not_named(made):
    tag(made, SELLER, *PAID.lists, giver="one")
    tag(made, OTHER, *PAID.lists, giver="other")
    assert {hit["account_key"]: hit["observed_text"].rpartition(" ")[2] for hit in judged(made)} == {A: "one", B: "other"}


def test_who_is_tagged_as_a_party_is_listed_with_the_accounts_they_own(made):
    tag(made, 10_000 + SELLER, *PAID.lists, realm="party")
    assert [hit["account_key"] for hit in judged(made)] == [A]


def test_a_list_names_no_protected_account_even_where_its_owner_is_tagged(bench, row):
    made = bench([row(1, A, SELLER, DAY_US)], protected=(SELLER,), stated=True)
    tag(made, 10_000 + SELLER, *PAID.lists, realm="party")
    assert judged(made) == []


def test_a_list_that_nobody_gave_opens_no_rule(bench, row):
    made = bench([row(1, A, SELLER, DAY_US, time_known=False)])
    rule = PackSet((PACKS.get("CRY-01"),))
    evaluate(made.connection, PACKS, made.scorable)
    accounts = made.scorable.keys
    assert len(find_open(made.connection, rule, accounts).account) == 0
    tag(made, 99, "abuse_material")
    assert len(find_open(made.connection, rule, accounts).account) == len(accounts)


@pytest.mark.parametrize("rule", LISTED, ids=lambda rule: rule.id)
def test_a_listed_rule_is_worth_little(rule):
    assert 0 < rule.points.base <= rule.points.cap <= 3
    assert rule.benign
    assert rule.default_of_ours
