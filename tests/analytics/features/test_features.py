"""Every feature against a brute-force reading of its own header, with gaps drawn at the edges of the windows."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.errors import PackError
from bakau.times import DAY_US
from bakau_analytics.features.build import build_features
from bakau_analytics.features.catalogue import load_features, parse_feature

WINDOW_30D = 30 * DAY_US
EDGES = [0, 1, DAY_US - 1, DAY_US, DAY_US + 1, WINDOW_30D - 1, WINDOW_30D, WINDOW_30D + 1, 60 * DAY_US]


@st.composite
def flows(draw):
    count = draw(st.integers(1, 14))
    now, rows = 0, []
    for _ in range(count):
        now += draw(st.sampled_from(EDGES))
        src, dst = draw(st.lists(st.integers(1, 5), min_size=2, max_size=2, unique=True))
        rows.append(
            (
                src,
                dst,
                now,
                draw(st.sampled_from([100, 100, 200, 300, 500, 700])),
                draw(st.sampled_from(["XXX", "PHP"])),
                draw(st.booleans()),
            )
        )
    return rows


def count_in(rows):
    return Counter(dst for _, dst, *_ in rows)


def count_out(rows):
    return Counter(src for src, *_ in rows)


def distinct(rows, own, other):
    found = defaultdict(set)
    for entry in rows:
        found[entry[own]].add(entry[other])
    return {key: len(values) for key, values in found.items()}


def senders_30d(rows):
    best = Counter()
    for end in {t for _, _, t, *_ in rows} | {t + WINDOW_30D for _, _, t, *_ in rows}:
        active = defaultdict(set)
        for src, dst, t, *_ in rows:
            if end - WINDOW_30D <= t <= end:
                active[dst].add(src)
        for dst, senders in active.items():
            best[dst] = max(best[dst], len(senders))
    return best


def burst(rows, own):
    best = Counter()
    for src, dst, t, *_ in rows:
        n = sum(1 for s, d, u, *_ in rows if (s, d) == (src, dst) and 0 <= t - u < DAY_US)
        key = (src, dst)[own]
        best[key] = max(best[key], n)
    return best


def active_days(rows):
    seen = defaultdict(list)
    for src, dst, t, *_ in rows:
        seen[src].append(t)
        seen[dst].append(t)
    return {key: (max(ts) - min(ts)) // DAY_US + 1 for key, ts in seen.items()}


def reciprocity(rows):
    pairs = {(src, dst) for src, dst, *_ in rows}
    paid = defaultdict(set)
    for src, dst in pairs:
        paid[src].add(dst)
    return {src: sum((dst, src) in pairs for dst in dsts) * 1_000_000 // len(dsts) for src, dsts in paid.items()}


def repeat_payees(rows):
    months = defaultdict(set)
    for src, dst, t, *_ in rows:
        months[src, dst].add(t // WINDOW_30D)
    paid = defaultdict(list)
    for (src, _), found in months.items():
        paid[src].append(len(found) >= 2)
    return {src: sum(flags) * 1_000_000 // len(flags) for src, flags in paid.items()}


def onward_24h(rows):
    got = defaultdict(list)
    for _, dst, t, _, _, known in rows:
        if known:
            got[dst].append(any(s == dst and k and 0 <= u - t <= DAY_US for s, _, u, _, _, k in rows))
    return {key: sum(flags) * 1_000_000 // len(flags) for key, flags in got.items()}


def top_amounts(rows):
    found = defaultdict(Counter)
    for _, dst, _, amount, currency, _ in rows:
        found[dst][currency, amount] += 1
    return {dst: sum(sorted(counts.values())[-3:]) * 1_000_000 // sum(counts.values()) for dst, counts in found.items()}


ORACLES = {
    "payments_in": count_in,
    "payments_out": count_out,
    "senders": lambda rows: distinct(rows, 1, 0),
    "receivers": lambda rows: distinct(rows, 0, 1),
    "senders_30d": senders_30d,
    "burst_sent_24h": lambda rows: burst(rows, 0),
    "burst_received_24h": lambda rows: burst(rows, 1),
    "active_days": active_days,
    "reciprocity_ppm": reciprocity,
    "repeat_payees_ppm": repeat_payees,
    "onward_24h_ppm": onward_24h,
    "top_amounts_ppm": top_amounts,
}


@pytest.mark.parametrize("name", sorted(ORACLES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=flows())
def test_a_feature_says_what_its_header_says(name, rows, bench, row):
    feature = next(feature for feature in load_features() if feature.name == name)
    flow = [row(place, src, dst, t, amount, currency=cur, time_known=known) for place, (src, dst, t, amount, cur, known) in enumerate(rows)]
    made = bench(flow)
    found = dict(zip(made.scorable.keys.tolist(), build_features(made.connection, made.scorable, [feature])[name].to_pylist(), strict=True))
    expected = ORACLES[name](rows)
    empty = 0 if feature.unit == "count" and feature.null == "never" else None
    assert found == {key: expected.get(key, empty) for key in found}


def test_there_are_ten_features_or_more_and_each_header_is_whole():
    features = load_features()
    assert len(features) >= 10
    assert all(feature.sql.strip() for feature in features)


@pytest.mark.parametrize("name", [feature.name for feature in load_features()])
def test_a_feature_text_uses_portable_constructs_only(name):
    text = next(feature for feature in load_features() if feature.name == name).sql.upper()
    for refused in (" ROWS ", "QUALIFY", "ASOF", "ARG_MAX", "DOUBLE", "FLOAT", "AVG(", "LIST(", "::", "EPOCH"):
        assert refused not in text
    assert " / " not in text, "integer division only"


def test_a_protected_account_has_no_row_though_its_money_counts(bench, row):
    made = bench([row(1, 1, 2, 0), row(2, 2, 3, 5)], protected=(2,))
    table = build_features(made.connection, made.scorable)
    assert table["account_key"].to_pylist() == [1, 3]
    assert table["payments_in"].to_pylist() == [0, 1]


def test_values_without_amounts_are_null_and_not_zero(bench, row):
    made = bench([row(1, 1, 2, 0, None)])
    table = build_features(made.connection, made.scorable)
    assert table["passed_on_ppm"].to_pylist() == [None, None]
    assert table["smallest_amount"].to_pylist() == [None, None]


def test_the_smallest_amount_is_a_rank_within_its_currency(bench, row):
    made = bench([row(1, 1, 2, 0, 10), row(2, 3, 4, 0, 20), row(3, 3, 4, 1, 30), row(4, 3, 5, 1, 40)])
    table = build_features(made.connection, made.scorable)
    assert dict(zip(table["account_key"].to_pylist(), table["smallest_amount"].to_pylist(), strict=True)) == {
        1: 0, 2: 0, 3: 250_000, 4: 250_000, 5: 750_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line"), [(("-- unit: count\n", ""), 3), (("profile: no", "profile: perhaps"), 8), (("name: payments_in", "name: other"), 1)]
)
def test_a_wrong_header_names_its_line(change, line):
    feature = "-- name: payments_in\n-- meaning: m\n-- unit: count\n-- window: all\n-- null: never\n-- needs: src\n-- source: s\n-- profile: no\n-- amounts: no\nSELECT 1"
    with pytest.raises(PackError) as caught:
        parse_feature("payments_in.sql", feature.replace(*change))
    assert caught.value.at.line == line
