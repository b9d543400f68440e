"""A day's features need only the rows of the longest window, and yesterday stays what it was."""

from __future__ import annotations

import random
from dataclasses import replace

from analytics.features.cases import AS_OF, connect, draw_case

from bakau.times import DAY_US
from bakau_analytics.features.build import build_tables
from bakau_analytics.features.catalogue import Grain
from bakau_analytics.features.days import bounded_features, build_day
from bakau_analytics.features.plan import Clock

DAY = AS_OF // DAY_US - 1
BOUNDED = {grain: bounded_features(grain) for grain in Grain}


def draw():
    """Cases whose scored instant is the last microsecond of the day, with older payments before them."""
    random_ = random.Random(11)
    cases = [draw_case(random_, number) for number in range(300)]
    for case in cases:
        moved = random_.choice([0, 1, DAY_US, 20 * DAY_US, 89 * DAY_US])
        case.payments += [replace(payment, ts=payment.ts - 1 - moved) for payment in case.payments]
    return cases


def compute(cases, build):
    connection, protection, keys = connect(cases)
    try:
        return build(connection, protection.scorable(keys)), connection.execute("SELECT count(*) FROM flow").fetchall()[0][0]
    finally:
        connection.close()


def of_the_day(connection, scorable):
    return build_day(connection, scorable, DAY, tuple(Grain))


def of_everything(connection, scorable):
    return build_tables(connection, scorable, BOUNDED, clock=Clock.of_day(DAY))


def spoken(tables):
    """The rows that say anything: a pair without a payment in reach has none in the one and says nothing in the other."""
    found = {}
    for grain, table in tables.items():
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        found[grain] = {row for row in rows if set(row[len(grain.keys) :]) - {None}}
        assert found[grain]
    return found


def test_a_day_needs_no_row_before_its_longest_window():
    day, few = compute(draw(), of_the_day)
    whole, all_rows = compute(draw(), of_everything)
    assert few < all_rows
    assert spoken(day) == spoken(whole)


def test_what_comes_after_the_day_changes_nothing_in_it():
    cases = draw()
    known = [replace(case, payments=[payment for payment in case.payments if payment.known < AS_OF]) for case in cases]
    assert sum(len(case.payments) for case in known) < sum(len(case.payments) for case in cases)
    assert spoken(compute(known, of_the_day)[0]) == spoken(compute(cases, of_the_day)[0])


def test_days_follow_each_other_without_a_gap():
    assert Clock.of_day(3).since_us == Clock.of_day(2).as_of_us == 3 * DAY_US - 1
