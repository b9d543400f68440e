"""What to ask next: the requests that narrow the bounds most per record come first, and nothing is asked of nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau_analytics.findings.rule import FindingRule
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.looks import BY_SIDE, COLUMNS, LOOKS, look_of
from bakau_analytics.indicators.pack import Points
from bakau_analytics.queue.asks import HOLDER, MOST_ASKS, Gap, Sheet, Side, Unit, rank_asks
from bakau_casework.commands.ask import COLUMN_WORDS

SHIPPED = load_packs()
#: The shipped rule about the payer's clock adds nothing; here it does, since no other needs a single column of the payer's side.
NIGHT = next(rule for rule in SHIPPED.rules if rule.detector == "night").model_copy(
    update={"points": Points(base=3, cap=3), "profile": False}
)
PACKS = replace(SHIPPED, rules=tuple(NIGHT if rule.id == NIGHT.id else rule for rule in SHIPPED.rules))
RULES = {rule.id: rule for rule in PACKS.rules}
FAN, BURST = (next(rule for rule in PACKS.rules if rule.detector == name) for name in ("fan_in", "burst_received"))
ME = 1


def gap(missing, transfers, src="A", dst="B", *, gone=True, home=False):
    return Gap(ME if gone else None, None if gone else ME, src, dst, frozenset(missing), transfers, home)


def opened(name, subject=ME, **more):
    cap = RULES[name].points.cap
    return Unit(subject, name, 0, min(cap, 0), max(cap, 0), **more)


def stands(name, points, subject=ME):
    return Unit(subject, name, points, points, points)


def rank(units, gaps, sides=(), *, is_network=False, rule=FindingRule()):  # noqa: B008 - frozen
    more = {"is_network": is_network, "rule": rule}
    return rank_asks(Sheet(units, PACKS, **more), gaps, sides, PACKS, **more)


def test_the_institution_of_the_payer_is_asked_for_the_payers_local_time_and_only_for_that():
    (ask,) = rank([opened(NIGHT.id)], [gap({"local_hour", "amount"}, 7)])
    assert (ask.institution, ask.columns, ask.side, ask.transfers, ask.rules) == ("A", ("local_hour",), "", 7, (NIGHT.id,))
    assert ask.narrows == abs(NIGHT.points.cap)


def test_what_only_tells_together_is_asked_together_the_shorter_letter_first():
    asks = rank([opened(NIGHT.id)], [gap({"local_hour"}, 90), gap({"local_hour"}, 10, src="C")])
    assert [(ask.institution, ask.transfers) for ask in asks] == [("C", 10), ("A", 90)]
    assert sum(ask.narrows for ask in asks) == abs(NIGHT.points.cap)


def test_nothing_is_asked_of_an_institution_nobody_knows_about_a_rule_that_is_not_open_or_for_records_of_others():
    assert rank([opened(NIGHT.id)], [gap({"local_hour"}, 9, src=None)]) == []
    assert rank([opened(NIGHT.id)], [gap({"local_hour"}, 9), gap({"local_hour"}, 1, src=None)]) == [], "half an answer closes nothing"
    assert rank([stands(NIGHT.id, 10)], [gap({"local_hour"}, 9)]) == []
    assert rank([opened(NIGHT.id, is_beyond=True)], [gap({"local_hour"}, 9)]) == []


def test_a_rule_whose_family_is_full_already_is_not_worth_a_request():
    family = next(rule for rule in PACKS.rules if rule.family == NIGHT.family and rule.points.cap > 0 and rule is not NIGHT)
    cap = NIGHT.points.cap
    full = [stands(family.id, 70), opened(NIGHT.id)]
    assert rank(full, [gap({"local_hour"}, 7)], rule=FindingRule(family_cap=70)) == []
    (ask,) = rank(full, [gap({"local_hour"}, 7)], rule=FindingRule(family_cap=70 + cap - 1))
    assert ask.narrows == cap - 1


def test_of_one_indicator_a_network_asks_for_no_more_members_than_count():
    units = [stands(NIGHT.id, 10, subject) for subject in (1, 2, 3)] + [opened(NIGHT.id, 4)]
    gaps = [Gap(4, None, "A", "B", frozenset({"local_hour"}), 5)]
    assert rank(units, gaps, is_network=True, rule=FindingRule(members_counted=3)) == []
    assert len(rank(units, gaps, is_network=True, rule=FindingRule(members_counted=4))) == 1


def test_a_payment_known_to_stay_at_home_is_no_gap_of_a_rule_about_money_from_abroad():
    name = next(rule.id for rule in PACKS.rules if rule.detector == "night_received")
    assert rank([opened(name)], [gap({"local_hour"}, 5, gone=False, home=True)]) == []
    assert len(rank([opened(name)], [gap({"local_hour"}, 5, gone=False)])) == 1


def test_a_side_nobody_has_seen_is_asked_for_after_columns_unless_its_rules_have_spoken():
    silent = sorted(rule.id for rule in PACKS.rules if look_of(rule).silent_without == "out")
    asks = rank([opened(NIGHT.id)], [gap({"local_hour"}, 900)], [Side(ME, "A", "out", 12)])
    assert [(ask.side, ask.columns) for ask in asks] == [("", ("local_hour",)), ("out", ())]
    assert asks[1].transfers == 12
    assert list(asks[1].rules) == silent
    assert rank([stands(name, 0) for name in silent], [], [Side(ME, "A", "out", 12)]) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_that_may_be_unknown_can_be_asked_for_in_words_and_belongs_to_an_end(column):
    assert column in COLUMN_WORDS
    assert column in HOLDER or column in ("amount", "currency", "time_known")
    assert HOLDER.get(column, "src") in ("src", "dst")


@pytest.mark.parametrize(
    ("name", "missing", "holder"),
    [
        ("FAC-08", "dst_kind", "B"),
        ("FSX-05", "dst_owner", "B"),
        ("FSX-05", "dst_institution", "A"),
        ("FAC-15", "dst_opened", "B"),
        ("FAC-15", "dst_tier", "B"),
        ("NET-03", "dst_contact", "B"),
    ],
)
def test_what_is_not_known_of_an_end_is_asked_of_whoever_knows_it(name, missing, holder):
    units = [opened(name), stands(NIGHT.id, 3)]
    (ask,) = rank(units, [gap({missing}, 7, gone=False)])
    assert (ask.institution, ask.columns, ask.rules) == (holder, (missing,), (name,))
    assert rank(units, [gap({missing}, 7, gone=False, **{"src" if holder == "A" else "dst": None})]) == []


@pytest.mark.parametrize("missing", ["src_status", "src_owner"])
def test_the_payers_own_institution_is_asked_who_holds_an_account_and_in_which_state_it_is(missing):
    (ask,) = rank([opened("LSC-22")], [gap({missing}, 7)])
    assert (ask.institution, ask.columns, ask.rules) == ("A", (missing,), ("LSC-22",))


@pytest.mark.parametrize("rule", PACKS.rules, ids=lambda rule: rule.id)
def test_a_rule_looks_at_every_column_it_says_it_needs(rule):
    look = look_of(rule)
    assert rule.detector in {*LOOKS, *BY_SIDE}, "say in indicators/looks.py what this detector looks at"
    assert set(rule.needs) & set(COLUMNS) <= look.come | look.gone


@given(
    st.lists(
        st.builds(gap, st.sets(st.sampled_from(COLUMNS), min_size=1), st.integers(1, 500), src=st.sampled_from("ABC"), dst=st.sampled_from("BCD"), gone=st.booleans()),
        max_size=6,
    ),
    st.sets(st.sampled_from(sorted(RULES))),
)  # fmt: skip
def test_requests_close_only_open_rules_and_never_more_than_the_bounds_lie_apart(gaps, names):
    units = [opened(name) for name in sorted(names)]
    asks = rank(units, gaps)
    assert len(asks) <= MOST_ASKS + 4
    assert all(set(ask.rules) <= names and ask.columns for ask in asks)
    assert 0 <= sum(ask.narrows for ask in asks) <= Sheet(units, PACKS, is_network=False, rule=FindingRule()).width() + len(asks)
