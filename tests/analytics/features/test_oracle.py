"""Every feature against the brute-force oracle, on a thousand cases at the edges of every window and more."""

from __future__ import annotations

import random
from functools import cache

import pytest
from analytics.features.cases import A_DAY, STRIDE, WHOLE, connect, draw_case
from analytics.features.oracle import expect, has_row, smallest_amounts

from bakau_analytics.features.build import build_tables
from bakau_analytics.features.catalogue import Grain, load_features

CASES = 1_000
CLOCKS = {"everything": WHOLE, "a day": A_DAY}


@cache
def cases(seed=6):
    random_ = random.Random(seed)
    return [draw_case(random_, number) for number in range(CASES)]


def compute(some_cases, clock, *, shuffle=None):
    connection, protection, keys = connect(some_cases, shuffle=shuffle)
    try:
        return build_tables(connection, protection.scorable(keys), {grain: load_features(grain) for grain in Grain}, clock=clock)
    finally:
        connection.close()


@cache
def expected(clock):
    found = [expect(case, clock) for case in cases()]
    joined = {column: {} for book in found for column in book}
    for book in found:
        for column, values in book.items():
            joined[column] |= values
    return joined | {"smallest_amount": smallest_amounts(cases(), clock)}


@cache
def computed(clock):
    return compute(cases(), clock)


def keys_of(table, grain):
    columns = [table[name].to_pylist() for name in grain.keys]
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
@pytest.mark.parametrize("feature", load_features(), ids=lambda feature: feature.name)
def test_a_feature_says_what_its_header_says(feature, clock):
    table, by_number = computed(clock)[feature.grain], dict(enumerate(cases()))
    keys = keys_of(table, feature.grain)
    assert len(set(keys)) == len(keys)
    for column in feature.columns:
        wanted = {key: value for key, value in expected(clock).get(column, {}).items() if has_row(feature.grain, key, by_number, STRIDE)}
        zero = 0 if feature.is_zero_when_missing else None
        found = dict(zip(keys, table[column].to_pylist(), strict=True))
        wrong = {key: (value, wanted.get(key, zero)) for key, value in found.items() if value != wanted.get(key, zero)}
        assert not wrong, (column, len(wrong), sorted(wrong.items())[:3])
        assert wanted.keys() <= found.keys(), column
        assert clock is A_DAY or len({value for value in found.values() if value is not None}) > 1, f"{column} never varies"


def test_another_order_of_rows_changes_nothing():
    assert compute(cases(), A_DAY, shuffle=random.Random(2)) == computed(A_DAY)
