"""Every kernel makes the rows that the SQL of its file makes, compiled or not; where it cannot, SQL answers."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from analytics.features.cases import A_DAY, AS_OF, WHOLE, Case, Payment, connect, draw_case
from hypothesis import given
from hypothesis import strategies as st

from bakau import compiled
from bakau.times import DAY_US
from bakau_analytics.features.build import _set_inputs, build_tables
from bakau_analytics.features.catalogue import Grain, load_features, load_steps
from bakau_analytics.features.kernels import windows
from bakau_analytics.features.kernels.choice import KERNELS, compute
from bakau_analytics.features.kernels.journal import FAR
from bakau_analytics.features.kernels.spans import NONE
from bakau_analytics.features.kernels.windows import Frames, Grouped, order_by

CLOCKS = {"everything": WHOLE, "a day": A_DAY}
CASES = 600


@pytest.fixture(scope="module")
def facts():
    """A connection with cases drawn at the edges of every window, some of them before 1970."""
    random_ = random.Random(8)
    cases = [draw_case(random_, number) for number in range(CASES)]
    for case in cases[::10]:
        case.payments += [replace(payment, ts=payment.ts - AS_OF) for payment in case.payments]
    connection, protection, keys = connect(cases)
    yield connection, protection.scorable(keys)
    connection.close()


@pytest.fixture(scope="module", params=CLOCKS.values(), ids=CLOCKS)
def steps(request, facts):
    """The same with every step made by SQL, under one clock."""
    connection, scorable = facts
    _set_inputs(connection, scorable, request.param)
    for step in load_steps().values():
        connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {step.name} AS {step.sql}")
    yield connection
    for name in load_steps():
        connection.execute(f"DROP TABLE {name}")


def texts():
    return {name: f"SELECT * FROM {name}" for name in load_steps()} | {feature.name: feature.sql for feature in load_features()}


@pytest.mark.parametrize("fast", [False, True], ids=["numpy", "numba"])
def test_a_kernel_makes_the_rows_of_its_text(steps, fast):
    made = dict(compute(steps, KERNELS, compiled=fast))
    assert made.keys() == KERNELS.keys()
    for name, rows in made.items():
        found = steps.execute(texts()[name]).fetchall()
        assert sorted(column[0] for column in steps.description) == sorted(rows.column_names), name
        steps.register("kernel_rows", rows)
        own = steps.execute(f"SELECT {', '.join(column[0] for column in steps.description)} FROM kernel_rows").fetchall()
        steps.unregister("kernel_rows")
        assert Counter(own) == Counter(found), name


def test_features_are_the_same_with_and_without_kernels(monkeypatch):
    random_, built = random.Random(9), []
    cases = [draw_case(random_, number) for number in range(150)]
    for rows in (0, 1 << 40):
        monkeypatch.setattr(compiled, "WORTH_ROWS", rows)
        connection, protection, keys = connect(cases)
        built.append(build_tables(connection, protection.scorable(keys), {grain: load_features(grain) for grain in Grain}, clock=A_DAY))
        connection.close()
    assert built[0] == built[1]


def test_what_a_kernel_declines_is_left_to_sql(monkeypatch):
    monkeypatch.setattr(compiled, "WORTH_ROWS", 0)
    much = 2**61  # three of them leave 64 bits, but no two are within a window
    case = Case([Payment(1, 2, AS_OF - days * DAY_US, amount=much) for days in (0, 100, 200)], {1: (None, None), 2: (None, None)})
    connection, protection, keys = connect([case])
    _set_inputs(connection, protection.scorable(keys), WHOLE)
    assert not {"money", "climb"} & {name for name, _ in compute(connection, KERNELS)}
    features = [feature for feature in load_features() if feature.name in ("value_in", "pair_value_30d")]
    tables = build_tables(connection, protection.scorable(keys), {feature.grain: [feature] for feature in features})
    assert tables[Grain.ACCOUNT]["value_in_30d"].to_pylist() == [0, much]
    assert tables[Grain.PAIR]["pair_value_30d"].to_pylist() == [much]
    connection.close()


@st.composite
def groups(draw):
    """Rows in some groups, in order of time, close to the ends of a window of ten; who uses them; how far each one's neighbours are."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    steps = draw(st.lists(st.sampled_from([0, 1, 4, 9, 10, 11]), min_size=sum(sizes), max_size=sum(sizes)))
    whose = draw(st.lists(st.integers(0, 2), min_size=sum(sizes), max_size=sum(sizes)))
    values = draw(st.lists(st.integers(0, 2**40), min_size=sum(sizes), max_size=sum(sizes)))
    use = draw(st.lists(st.booleans(), min_size=sum(sizes), max_size=sum(sizes)))
    return np.cumsum([0, *sizes]), np.cumsum(steps), np.array(whose), np.array(values), np.array(use)


@given(drawn=groups())
def test_a_window_holds_what_is_less_than_its_span_before_a_row(drawn):
    begin, ts, whose, values, use = drawn
    before, after = np.full(len(ts), FAR), np.full(len(ts), FAR)
    windows, best = [], []
    for low, high in pairwise(begin.tolist()):
        rows = range(low, high)
        for row in rows:
            near = [other for other in rows if whose[other] == whose[row]]
            before[row] = min((ts[row] - ts[other] for other in near if other < row), default=FAR)
            after[row] = min((ts[other] - ts[row] for other in near if other > row), default=FAR)
        own = {row: [other for other in rows if ts[row] - 10 < ts[other] <= ts[row]] for row in rows}
        windows += own.values()
        best.append([own[row] for row in rows if use[row]])
    frames = Frames(ts, begin)
    assert frames.starts(10).tolist() == [window[0] for window in windows]
    assert frames.sum(values, 10).tolist() == [values[window].sum() for window in windows]
    assert frames.most_sum(values, 10, use).tolist() == [max((values[window].sum() for window in group), default=NONE) for group in best]
    assert frames.most_rows(10, use).tolist() == [max(map(len, group), default=NONE) for group in best]
    fans = [max((len(set(whose[window].tolist())) for window in group), default=NONE) for group in best]
    assert frames.most_distinct(before, after, 10, use).tolist() == fans


@pytest.mark.parametrize("fast", [False, True], ids=["numpy", "numba"])
def test_rows_are_grouped_in_blocks_of_whole_groups(fast, monkeypatch):
    monkeypatch.setattr(windows, "BLOCK_ROWS", 4)
    codes = np.array([3, 0, 3, 1, 3, 0, 3, 3], np.int32)
    groups = Grouped.of(order_by(codes, 4, compiled=fast), codes, compiled=fast)
    assert [(rows.tolist(), begin.tolist()) for rows, begin in groups.blocks()] == [([1, 5, 3], [0, 2, 3]), ([0, 2, 4, 6, 7], [0, 5])]
    kept = groups.keep(np.array([False, False, True, True, False, False, False, False]))
    assert [(rows.tolist(), begin.tolist()) for rows, begin in kept.blocks()] == [([3, 0], [0, 1, 2])]


@pytest.mark.parametrize("fast", [False, True], ids=["numpy", "numba"])
@given(drawn=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_groups_split_by_one_more_code_are_those_grouped_by_both(fast, drawn):
    one, other = (np.array([codes[place] for codes in drawn], np.int32) for place in (0, 1))
    groups = Grouped.of(order_by(one, 4, compiled=fast), one, compiled=fast)
    split = groups.split(other[groups.rows], 3)
    assert split.rows.tolist() == np.lexsort((other, one)).tolist()
    assert split.begin.tolist() == Grouped.of(split.rows, one, other, compiled=fast).begin.tolist()
