"""Country packs: what they change is stated, checked and shown; a broken one says where."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bakau.cli import root
from bakau.errors import PackError
from bakau.times import DAY_US
from bakau_analytics.indicators.difference import WHOLE, compare
from bakau_analytics.indicators.load import COMMON, find_shipped, load_country, load_packs, load_shipped, shipped_names
from bakau_analytics.indicators.trial import run_cases
from bakau_ingest.tokens import load_tokens

HEAD = 'pack: mine\nversion: "1.0"\nextends: common\ncountry: PH\ntitle: "Mine"\n'


def write(folder, text, name="mine.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder, body):
    with pytest.raises(PackError) as caught:
        load_packs((write(folder, HEAD + body),))
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_names())
def test_every_case_of_every_shipped_pack_holds(name):
    common = {(rule.id, rule.version) for rule in load_shipped(COMMON).every}
    rules = [rule for rule in load_shipped(name).every if name == COMMON or (rule.id, rule.version) not in common]
    assert [trial for rule in rules for trial in run_cases(rule) if not trial.passed] == []
    assert all(rule.source.address or rule.source.grade in {"K", "D"} for rule in rules)


def test_a_changed_rule_keeps_what_is_not_named_and_carries_both_versions(tmp_path):
    body = 'changes:\n  - {rule: LSC-12, why: "a test", parameters: {min_payments: 4}}\nrules: []\n'
    changed = load_packs((write(tmp_path, HEAD + body),)).get("LSC-12")
    stated = load_shipped(COMMON).get("LSC-12")
    assert changed.version == f"{stated.version}+mine-1.0"
    assert (changed.limit, changed.title, changed.source) == (4, stated.title, stated.source)
    assert {each.field for each in compare(load_shipped(COMMON), load_packs((write(tmp_path, HEAD + body),)))} == {
        "version",
        "parameters.min_payments",
    }


def test_a_rule_can_be_switched_off(tmp_path):
    body = 'switched_off:\n  - {rule: LSC-06, why: "no clock here"}\nrules: []\n'
    (only,) = compare(load_shipped(COMMON), load_packs((write(tmp_path, HEAD + body),)))
    assert (only.rule, only.field, only.other) == ("LSC-06", WHOLE, None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('changes:\n  - {rule: XXX-99, why: "x"}\nrules: []\n', "mine.yaml, line 7: XXX-99 is no rule of the pack common"),
        ('changes:\n  - {rule: LSC-12, why: "x", parameters: {most: 4}}\nrules: []\n', "mine.yaml, line 7: LSC-12 has no parameter most"),
        (
            'changes:\n  - {rule: LSC-12, why: "x", parameters: {min_payments: [PH]}}\nrules: []\n',
            "mine.yaml, line 7: LSC-12: min_payments is of another kind",
        ),
        ("changes:\n  - {rule: LSC-12, parameters: {min_payments: 4}}\nrules: []\n", "mine.yaml, line 6: changes.0.why: Field required"),
        (
            'changes:\n  - {rule: LSC-12, why: "x"}\nswitched_off:\n  - {rule: LSC-12, why: "x"}\nrules: []\n',
            "LSC-12 is changed or switched twice",
        ),
        ('changes:\n  - {rule: LSC-12, why: "x", parameters: {window_us: 30}}\nrules: []\n', "window_us is in microseconds"),
        (
            'changes:\n  - {rule: BKU-06, why: "x", exclusions: [kin]}\nrules: []\n',
            "mine.yaml, line 7: BKU-06: the detector night_received does not read",
        ),
        ('switched_on:\n  - {rule: LSC-12, why: "x"}\nrules: []\n', "mine.yaml, line 7: LSC-12 speaks already: nothing to switch on"),
        ('facts:\n  - {about: fiu, says: "x", grade: V}\nrules: []\n', "mine.yaml, line 6: facts.0.publication: Field required"),
        ("colour: red\nrules: []\n", "mine.yaml, line 6: colour: Extra inputs are not permitted"),
        ('changes:\n  - {rule: LSC-12, why: "x", points: {base: 0, cap: 5}}\nrules: []\n', "points.base must not be 0"),
    ],
)
def test_a_broken_country_pack_says_where(tmp_path, body, words):
    assert words in refused(tmp_path, body)


def test_packs_that_stand_on_each_other_are_refused(tmp_path):
    one = write(tmp_path, HEAD.replace("extends: common", "extends: yours") + "rules: []\n")
    other = write(
        tmp_path, HEAD.replace("pack: mine", "pack: yours").replace("extends: common", "extends: mine") + "rules: []\n", "yours.yaml"
    )
    with pytest.raises(PackError, match="stands on itself"):
        load_packs((one, other))


def test_a_pack_may_stand_on_a_country_pack(tmp_path):
    body = 'changes:\n  - {rule: FAC-10, why: "a test", parameters: {min_countries: 4}}\nrules: []\n'
    packs = load_packs((write(tmp_path, HEAD.replace("extends: common", "extends: ph") + body),))
    assert packs.get("FAC-10").limit == 4
    assert packs.get("LSC-01").version == load_packs().get("LSC-01").version + "+ph-1.0"


OWN = """rules:
  - id: MIN-01
    version: "1.0"
    title: "Pays somebody twice within a day"
    role: consumer
    crime_types: [LSAC]
    class: T
    family: "burst"
    detector: burst_sent
    parameters: {min_payments: 2, window_us: 86399999999}
    threshold_parameter: min_payments
    observed: "{observed} payments"
    threshold_text: "at least {threshold}"
    default_of_ours: true
    points: {base: 5, cap: 5}
    source: {publication: "ours", address: "", grade: D, number: "none"}
    benign: ["a shop"]
    runbook: "Look."
    cases:
      - {title: "two", account: A, expect: hit, payments: [{src: A, dst: R, at: "2026-01-05"}, {src: A, dst: R, at: "2026-01-05"}]}
      - {title: "one", account: A, expect: no_hit, payments: [{src: A, dst: R, at: "2026-01-05"}]}
"""
FULL = """changes:
  - rule: LSC-01
    why: "another corridor, other sums"
    parameters: {countries: [LK], bands: {LKR: [100000, 2000000]}}
  - rule: LSC-12
    why: "other words"
    title: "Pays one account several times on one day"
    runbook: "Read the day."
    benign: ["a market stall"]
  - rule: LSC-07
    why: "one word is ours"
    parameters: {words: [school_fees]}
switched_off:
  - {rule: LSC-06, why: "no clock here"}
switched_on:
  - {rule: LSC-08, why: "allowed here"}
"""


def test_a_country_pack_changes_numbers_corridors_and_words_adds_rules_and_switches_both_ways(tmp_path):
    packs = load_packs((write(tmp_path, HEAD + FULL + OWN),))
    common = load_shipped(COMMON)
    assert packs.get("LSC-01").parameters["countries"] == ("LK",)
    assert packs.get("LSC-01").parameters["bands"] == {"LKR": (100_000, 2_000_000)}
    assert packs.get("LSC-12").title != common.get("LSC-12").title
    assert (packs.get("LSC-12").benign, packs.get("LSC-12").limit) == (("a market stall",), common.get("LSC-12").limit)
    assert packs.get("LSC-07").parameters["words"] == ("school_fees",)
    assert {rule.id for rule in packs.rules} - {rule.id for rule in common.rules} == {"MIN-01", "LSC-08"}
    assert {rule.id for rule in common.rules} - {rule.id for rule in packs.rules} == {"LSC-06"}
    assert [rule.id for rule in packs.off] == ["LSC-07"], "changed, and still off"
    assert [trial.passed for trial in run_cases(packs.get("MIN-01"))] == [True, True]


def test_rules_on_words_are_off_until_the_pack_that_switches_them_on_is_asked_for():
    words = {rule.id for rule in load_shipped(COMMON).off}
    assert words == {"LSC-07", "LSC-08"}
    assert not words & {rule.id for rule in load_shipped("ph").rules}
    for asked in (("texts", "ph"), ("ph", "texts")):
        both = load_packs(asked)
        assert words < {rule.id for rule in both.rules}
        assert (both.off, both.get("LSC-01")) == ((), load_shipped("ph").get("LSC-01")), "one pack does not take back what the other says"
    with pytest.raises(PackError, match="LSC-07 is off"):
        load_shipped(COMMON).pick(["LSC-06", "LSC-07"])
    assert load_packs(("texts", "ph")).digest == load_packs(("ph", "texts")).digest


def test_every_word_a_rule_looks_for_is_looked_for_at_ingest_under_its_id():
    known = {token.name: token.indicator for token in load_tokens()}
    for rule in load_shipped(COMMON).off:
        assert {known[word] for word in rule.parameters["words"]} == {rule.id}


def test_every_country_says_where_its_reports_go_or_that_it_is_not_known():
    for name in set(shipped_names()) - {COMMON, "texts"}:
        head = load_country(name)
        assert head.country == name.upper()
        assert {fact.about for fact in head.facts} & {"fiu", "nothing"}, name
        assert all(fact.grade != "V" or fact.publication for fact in head.facts)


@pytest.mark.parametrize("name", ["us", "gb", "nz", "th", "vn", "kh"])
def test_the_commands_speak_of_each_country(name):
    run = CliRunner().invoke
    differs = run(root, ["indicators", "diff", "ph", name])
    assert (differs.exit_code, "LSC-01  version: ph" in differs.stdout) == (0, True)
    shown = run(root, ["indicators", "packs", name]).stdout
    assert shown.startswith(name)
    for fact in load_country(name).facts:
        assert f"  {fact.about}: {fact.says} ({fact.publication} [{fact.grade}]" in shown
    listed = json.loads(run(root, ["indicators", "list", "--packs", name, "--json"]).stdout)
    assert {row["state"] for row in listed["indicators"]} == {"active", "off"}


def test_a_pack_that_is_not_shipped_names_those_that_are():
    with pytest.raises(PackError) as caught:
        load_packs(("nowhere",))
    assert "ph" in caught.value.hint


def test_a_run_finds_its_shipped_rules_again_by_their_digest():
    assert find_shipped(load_shipped("ph").digest) == load_shipped("ph")
    assert find_shipped("0" * 32) is None


def test_the_commands_list_and_compare_packs():
    printed = CliRunner().invoke(root, ["indicators", "diff", "ph", "au"])
    assert printed.exit_code == 0
    assert "LSC-02  rule: ph has none | au Many very small payments" in printed.stdout
    assert CliRunner().invoke(root, ["indicators", "diff", "ph", "ph"]).stdout == "the same rules\n"
    assert "ph " in CliRunner().invoke(root, ["indicators", "packs"]).stdout


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["US", "GB", "AU", "FR"]), st.integers(0, 30).map(lambda step: step * 10 * DAY_US)),
        max_size=14,
    )
)
def test_countries_within_the_window_are_those_a_plain_count_finds(payments):
    """Receiver, country of the sender, time in steps of ten days: the window of ninety days has payments on both its ends."""
    rule = load_shipped("ph").get("FAC-10")
    window = int(rule.parameters["window_us"])
    rows = [
        {"transfer_id": place, "src": 100 + place, "dst": dst, "ts_us": at, "amount": 6_000, "currency": "USD", "src_country": country, "dst_country": "PH"}
        for place, (dst, country, at) in enumerate(payments)
    ]  # fmt: skip
    expected = {}
    for row in rows:
        ends = [end for end in rows if end["dst"] == row["dst"] and row["ts_us"] <= end["ts_us"] <= row["ts_us"] + window]
        counts = [
            len(
                {
                    each["src_country"]
                    for each in rows
                    if each["dst"] == row["dst"] and end["ts_us"] - window <= each["ts_us"] <= end["ts_us"]
                }
            )
            for end in ends
        ]
        if max(counts) >= 3:
            expected[row["transfer_id"]] = max(counts)
    names = ["transfer_id", "src", "dst", "ts_us", "amount", "currency", "src_country", "dst_country"]
    types = [pa.int64()] * 5 + [pa.string()] * 3
    flow = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in zip(names, types, strict=True)})
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("flow", flow)
        found = connection.execute(rule.sql()).fetchnumpy()
    assert dict(zip(np.asarray(found["transfer_id"]).tolist(), np.asarray(found["observed"]).tolist(), strict=True)) == expected
