"""The rules: their own cases hold, a hit is its evidence, and what cannot be looked at is said."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.errors import PackError
from bakau.times import DAY_US, HOUR_US
from bakau_analytics.indicators.engine import evaluate, load_evidence
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.pack import PackSet, Rule, parse_rules, read_document
from bakau_analytics.indicators.tables import find_read, load_tables
from bakau_analytics.indicators.trial import run_cases

PACKS = load_packs()


def parse_pack(file, text):
    return parse_rules(file, text, read_document(file, text))


@pytest.mark.parametrize("rule", PACKS.rules, ids=lambda rule: rule.id)
def test_every_case_of_a_rule_holds(rule):
    assert [trial for trial in run_cases(rule) if not trial.passed] == []


def test_the_common_pack_holds_six_rules_and_two_need_accounts_and_times_alone():
    suspicious = [rule for rule in PACKS.rules if rule.points.base > 0]
    assert len(suspicious) >= 6
    assert sum(not rule.needs for rule in suspicious) >= 2


@pytest.mark.parametrize("rule", PACKS.rules, ids=lambda rule: rule.id)
def test_a_rule_without_a_published_number_says_its_threshold_is_ours(rule):
    assert rule.default_of_ours or rule.source.number != "none"
    assert rule.source.grade in {"V", "S", "M"} or rule.default_of_ours
    assert rule.source.address or rule.source.grade in {"K", "D"}


@st.composite
def busy_flows(draw):
    rows, place = [], 0
    for _ in range(draw(st.integers(1, 4))):
        receiver, begin = draw(st.integers(1, 12)), draw(st.integers(0, 50)) * DAY_US
        for sender in set(draw(st.lists(st.integers(1, 12), min_size=1, max_size=10, unique=True))) - {receiver}:
            for repeat in range(draw(st.sampled_from([1, 1, 3]))):
                rows.append(
                    (
                        place,
                        sender,
                        receiver,
                        begin + sender * HOUR_US + repeat,
                        draw(st.sampled_from([500, 500, 1000, 730])),
                        draw(st.integers(0, 23)),
                    )
                )
                place += 1
        onward = draw(st.integers(1, 12))
        if onward != receiver:
            rows.append((place, receiver, onward, begin + 14 * HOUR_US, 480, 3))
            place += 1
    return rows


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=busy_flows(), protected=st.lists(st.integers(1, 12), max_size=2, unique=True))
def test_taking_a_hits_evidence_away_takes_the_hit_away(rows, protected, bench, row):
    flow = [
        row(place, src, dst, t, amount, hour=hour, currency="PHP", src_country="AU", dst_country="PH")
        for place, src, dst, t, amount, hour in rows
    ]
    made = bench(flow, protected=tuple(protected))
    hits = evaluate(made.connection, PACKS, made.scorable)
    hits = hits.filter(pc.equal(hits["state"], "hit"))
    assert not set(hits["account_key"].to_pylist()) & set(protected)
    evidence = load_evidence(made.connection, PACKS, hits)
    for hit in hits.to_pylist()[:4]:
        own = evidence.filter(
            pc.and_(pc.equal(evidence["account_key"], hit["account_key"]), pc.equal(evidence["indicator"], hit["indicator"]))
        )
        taken = set(own["transfer_id"].to_pylist())
        assert len(taken) == hit["evidence_count"] > 0
        rest = bench([entry for entry in flow if entry["transfer_id"] not in taken] or [row(0, 98, 99, 0)], protected=tuple(protected))
        again = evaluate(rest.connection, PackSet((PACKS.get(hit["indicator"]),)), made.scorable)
        assert hit["account_key"] not in again["account_key"].to_pylist()


def test_a_shared_table_is_made_only_where_a_rule_in_force_reads_it(bench, row):
    def made_for(*names):
        made = bench([row(place, place, 9, place * HOUR_US, src_country="AU", dst_country="PH") for place in range(1, 8)])
        evaluate(made.connection, PackSet(tuple(PACKS.get(name) for name in names)), made.scorable)
        found = made.connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
        return {name for (name,) in found} & set(load_tables())

    assert made_for("FAC-01", "LSC-12") == set()
    assert made_for("BKU-05", "BEN-05") == {"service", "sweeper", "gift_again", "gift_holder", "credit_abroad", "payer"}
    assert {name for rule in PACKS.rules for name in find_read(rule.sql())} == set(load_tables())


def test_the_same_flow_gives_the_same_bytes(bench, row):
    flow = [row(place, place % 9 + 1, 10, place * HOUR_US, 500) for place in range(30)]
    tables = []
    for order in (flow, flow[::-1]):
        made = bench(order)
        tables.append(evaluate(made.connection, PACKS, made.scorable))
    assert tables[0].equals(tables[1])


def test_a_column_nobody_filled_is_said_and_is_never_no_hit(bench, row):
    made = bench([row(1, 1, 2, 0, None, time_known=False)])
    rows = evaluate(made.connection, PACKS, made.scorable).to_pylist()
    said = {entry["indicator"]: entry["missing"] for entry in rows if entry["state"] == "not_evaluable"}
    assert set(said) == {rule.id for rule in PACKS.rules if rule.wants}
    assert "amount not known on 1 of 1 transfers" in said["FAC-09"]


def test_a_detector_that_fails_is_not_evaluated_and_the_others_go_on(bench, row, monkeypatch):
    made = bench([row(place, 1, 2, place * HOUR_US) for place in range(20)])
    right = Rule.sql
    monkeypatch.setattr(Rule, "sql", lambda rule: "SELECT * FROM no_such_table" if rule.id == "LSC-12" else right(rule))
    rows = evaluate(made.connection, PACKS, made.scorable)
    said = {entry["indicator"]: entry for entry in rows.to_pylist()}
    assert (said["LSC-12"]["state"], said["LSC-12"]["account_key"]) == ("not_evaluable", None)
    assert "the detector failed" in said["LSC-12"]["missing"]
    assert said["BKU-01"]["state"] == "hit"
    evidence = load_evidence(made.connection, PACKS, rows.filter(pc.equal(rows["state"], "hit")))
    assert "LSC-12" not in evidence["indicator"].to_pylist()


def test_points_grow_by_steps_and_stop_at_the_cap(bench, row):
    flow = [row(place, 1, 2, place * HOUR_US) for place in range(20)]
    made = bench(flow)
    hits = evaluate(made.connection, PackSet((PACKS.get("BKU-01"),)), made.scorable).to_pylist()
    assert [(hit["observed"], hit["points"]) for hit in hits] == [(20, 27)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [", "not YAML"),
        ("rules: 3", "list of rules"),
        ("a: &x 1\nrules: [*x]", "anchors"),
        ("rules:\n  - id: FAC-01\n", "rule FAC-01"),
    ],
)
def test_a_broken_pack_is_refused_with_its_place(text, message):
    with pytest.raises(PackError, match=message) as caught:
        parse_pack("mine.yaml", text)
    assert caught.value.at.file == "mine.yaml"


def test_a_pack_cannot_carry_sql(tmp_path):
    from importlib.resources import files

    text = (files("bakau_analytics") / "packs" / "common.yaml").read_text(encoding="utf-8")
    with pytest.raises(PackError):
        parse_pack("mine.yaml", text.replace("min_senders: 8", 'min_senders: "8); DROP TABLE flow; --"'))
    with pytest.raises(PackError):
        parse_pack("mine.yaml", text.replace("countries: [PH,", 'countries: ["PH\') OR 1=1 --",'))


def test_evidence_of_no_hits_is_an_empty_table(bench, row):
    made = bench([row(1, 1, 2, 0)])
    hits = evaluate(made.connection, PACKS, made.scorable)
    none = hits.filter(pa.array([False] * len(hits)))
    assert len(load_evidence(made.connection, PACKS, none)) == 0
