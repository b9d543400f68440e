"""What to ask next: the request that narrows most per record comes first, and nothing is asked of nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakau_analytics.indicators.load import load_packs
from bakau_analytics.queue.asks import COLUMNS, Gap, Side, rank_asks

RULES = load_packs().rules
BY_ID = {rule.id: rule for rule in RULES}
NIGHT = next(rule for rule in RULES if rule.needs == ("local_hour",))


def gap(missing, transfers, src="A", dst="B", own="B"):
    return Gap(src, dst, own, frozenset(missing), transfers)


def test_the_institution_of_the_payer_is_asked_for_the_payers_local_time_and_only_for_that():
    (ask,) = rank_asks([gap({"local_hour", "amount"}, 7)], [], RULES, open_rules={NIGHT.id}, seen=())
    assert (ask.institution, ask.columns, ask.side, ask.transfers, ask.rules) == ("A", ("local_hour",), "", 7, (NIGHT.id,))
    assert ask.narrows == abs(NIGHT.points.cap)


def test_where_the_records_lie_with_two_the_one_with_fewer_for_the_same_comes_first():
    asks = rank_asks([gap({"local_hour"}, 90), gap({"local_hour"}, 10, src="C")], [], RULES, open_rules={NIGHT.id}, seen=())
    assert {ask.institution: ask.transfers for ask in asks} == {"A": 90, "C": 10}
    assert sum(ask.narrows for ask in asks) == abs(NIGHT.points.cap)


def test_nothing_is_asked_of_an_institution_nobody_knows_or_about_a_rule_that_is_not_open():
    assert rank_asks([gap({"local_hour"}, 9, src=None)], [], RULES, open_rules={NIGHT.id}, seen=()) == []
    assert rank_asks([gap({"local_hour"}, 9)], [], RULES, open_rules=set(), seen=()) == []


def test_a_side_nobody_has_seen_is_asked_for_unless_its_rules_have_spoken():
    rules = [rule for rule in RULES if rule.detector in ("pass_through", "quick_cash_out")]
    (ask,) = rank_asks([], [Side("A", "out", 12)], rules, open_rules=(), seen=())
    assert (ask.side, ask.columns, ask.transfers) == ("out", (), 12)
    assert set(ask.rules) == {rule.id for rule in rules}
    assert rank_asks([], [Side("A", "out", 12)], rules, open_rules=(), seen={rule.id for rule in rules}) == []


@given(
    st.lists(
        st.builds(
            gap, st.sets(st.sampled_from(COLUMNS), min_size=1), st.integers(1, 500), src=st.sampled_from("ABC"), dst=st.sampled_from("BCD")
        ),
        max_size=6,
    ),
    st.sets(st.sampled_from(sorted(BY_ID))),
)
def test_a_rule_is_never_narrowed_by_more_than_it_may_add_and_the_best_come_first(gaps, open_rules):
    asks = rank_asks(gaps, [], RULES, open_rules=open_rules, seen=())
    assert [ask.per_thousand for ask in asks] == sorted((ask.per_thousand for ask in asks), reverse=True)
    assert sum(ask.narrows for ask in asks) <= sum(abs(BY_ID[name].points.cap) for name in open_rules) + len(asks), "rounding alone"
    assert all(set(ask.rules) <= open_rules for ask in asks)
