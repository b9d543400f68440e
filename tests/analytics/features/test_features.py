"""The catalogue of features, and who has a row. What each number is, `test_oracle.py` checks."""

from __future__ import annotations

import re

import pytest
from analytics.features.cases import CHANNELS

from bakau.errors import InputError, PackError, RefusedError
from bakau.model import Channel
from bakau_analytics.anomaly import order
from bakau_analytics.detection import model_features
from bakau_analytics.features.build import build_features
from bakau_analytics.features.catalogue import Grain, load_features, load_steps, parse_feature, parse_step
from bakau_analytics.features.model import ModelFeatures
from bakau_analytics.features.plan import Act, Clock, Query, plan

SQL = {**{feature.name: feature.sql for feature in load_features()}, **{step.name: step.sql for step in load_steps().values()}}
FAMILIES = {
    "value", "gap", "escalation", "burst", "fan-in", "fan-out", "fan-in/out", "distinct counterparties", "new counterparties",
    "shared senders", "co-sender similarity", "corridor", "local night", "round and price-point amounts", "pass-through",
    "dwell and retention", "account age", "KYC tier", "dormancy", "outlet mix", "in/out by rail", "exposure slots",
}  # fmt: skip


def test_every_family_has_a_feature_and_every_grain_and_no_number_has_two_meanings():
    features = load_features()
    assert {feature.family for feature in features} == FAMILIES
    assert {feature.grain for feature in features} == set(Grain)
    columns = [column for feature in features for column in feature.columns]
    assert len(columns) == len(set(columns))


@pytest.mark.parametrize("name", SQL)
def test_a_text_uses_portable_constructs_only(name):
    text = SQL[name].upper()
    for refused in (" ROWS ", "QUALIFY", "ASOF", "ARG_MAX", "DOUBLE", "FLOAT", "AVG(", "LIST(", "::", "EPOCH", "NOW(", "CURRENT_"):
        assert refused not in text.replace("CURRENT ROW", "")
    assert " / " not in text, "integer division only"


def relations(sql):
    """The tables a text reads, those that it makes itself left out."""
    own = set(re.findall(r"(\w+) AS \(\n", sql))
    return set(re.findall(r"(?:FROM|JOIN) (\w+)", sql)) - own


def test_a_header_names_what_its_text_reads():
    for step in load_steps().values():
        assert relations(step.sql) == set(step.reads), step.name
    for feature in load_features():
        assert relations(feature.sql) & load_steps().keys() == set(feature.steps), feature.name


def test_rails_are_the_channels_of_the_model():
    rails = next(feature for feature in load_features() if feature.name == "rails_in_ppm")
    assert rails.columns == tuple(f"rails_in_ppm_{channel.value}" for channel in Channel)
    assert [channel.value for channel in Channel] == CHANNELS


def test_a_plan_makes_before_it_reads_and_drops_everything_once():
    features = load_features(Grain.ACCOUNT)
    there, done = set(), set()
    for act, name in plan([Query(feature.name, feature.steps) for feature in features]):
        if act is Act.MAKE:
            assert {read for read in load_steps()[name].reads if read in load_steps()} <= there
            there.add(name)
        elif act is Act.DROP:
            assert not [step for step in there if not load_steps()[step].is_table and name in load_steps()[step].reads]
            there.remove(name)
        else:
            assert set(next(feature for feature in features if feature.name == name).steps) <= there
            done.add(name)
    assert not there
    assert done == {feature.name for feature in features}


def test_no_model_can_be_given_a_profile_feature():
    country = next(feature for feature in load_features() if feature.name == "countries")
    assert country.profile
    with pytest.raises(RefusedError, match="countries"):
        ModelFeatures.of([country])
    with pytest.raises(TypeError):
        ModelFeatures(("countries_in",), object())
    assert set(model_features().names) == set(order.FEATURES)


def test_what_needs_a_country_or_an_outlet_is_a_profile_feature():
    personal = ("country", "outlet", "nationality", "sex", "birth", "script")
    for feature in load_features():
        assert feature.profile == any(word in need for need in feature.needs for word in personal), feature.name


def test_a_feature_without_a_bounded_window_has_no_day():
    with pytest.raises(InputError, match=r"no bounded window: senders$"):
        Clock.of_day(19_000).first_us([feature for feature in load_features() if feature.name in ("senders", "received")])


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


HEADER = """\
-- name: n
-- meaning: m
-- family: f
-- grain: account
-- columns: value
-- unit: count
-- window: all
-- reach: 90 d
-- null: never
-- needs: src
-- steps: recent
-- source: s
-- profile: no
-- amounts: no
SELECT 1"""


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("-- unit: count\n", ""), 6), (("profile: no", "profile: perhaps"), 13), (("name: n", "name: other"), 1), (("account", "town"), 4),
        (("90 d", "90 days"), 8), (("recent", "past"), 11), (("-- null: never", "-- null: "), 9),
    ],
)  # fmt: skip
def test_a_wrong_header_names_its_line(change, line):
    assert parse_feature("n.sql", HEADER).columns == ("n",)
    with pytest.raises(PackError) as caught:
        parse_feature("n.sql", HEADER.replace(*change))
    assert caught.value.at.line == line


def test_a_step_is_a_table_or_a_view():
    with pytest.raises(PackError, match="kept is one of table, view") as caught:
        parse_step("s.sql", "-- name: s\n-- meaning: m\n-- reads: flow\n-- kept: file\nSELECT 1")
    assert caught.value.at.line == 4
