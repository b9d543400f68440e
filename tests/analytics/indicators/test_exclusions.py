"""What a rule leaves out: ties, shops and monthly payments that its pack names make no hit, and nothing else changes."""

from __future__ import annotations

import pytest

from bakau.errors import PackError
from bakau.times import DAY_US
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.exclusions import WORDS, describe, leave_out
from bakau_analytics.indicators.load import load_packs, load_shipped, shipped_names
from bakau_analytics.indicators.pack import PackSet
from bakau_analytics.indicators.trial import run_cases

COMMON = load_shipped("common")
#: Every shipped rule that leaves something out, once.
RULES = {rule.id: rule for name in shipped_names() for rule in load_shipped(name).every if rule.exclusions}
TIES = {
    "same_holder": lambda pairs: {"owners": {name: "one" for pair in pairs for name in pair}},
    "kin": lambda pairs: {"kin": pairs},
    "merchant": lambda pairs: {"merchants": tuple({dst for _, dst in pairs})},
}


@pytest.mark.parametrize(("rule_id", "kind"), [(name, kind) for name, rule in RULES.items() for kind in rule.exclusions if kind in TIES])
def test_a_hit_is_none_once_all_its_payments_are_left_out(rule_id, kind):
    rule = RULES[rule_id]
    hit = next(case for case in rule.cases if case.expect == "hit")
    pairs = tuple({(payment.src, payment.dst) for payment in hit.payments})
    tied = hit.model_copy(update={"expect": "no_hit", **TIES[kind](pairs)})
    others = rule.model_copy(update={"cases": (tied,), "exclusions": tuple(each for each in rule.exclusions if each != kind)})
    assert [trial.found for trial in run_cases(rule.model_copy(update={"cases": (hit, tied)}))] == ["hit", "no_hit"]
    assert [trial.found for trial in run_cases(others)] == ["hit"], "nothing but that exclusion spares it"


@pytest.mark.parametrize(
    ("gaps", "spared"), [((30, 31, 30, 26, 35), True), ((30, 31, 30, 25, 30), False), ((30, 36, 30, 30, 30), False), ((30, 30), False)]
)
def test_monthly_means_every_month_four_times_or_more(bench, row, gaps, spared):
    days = [0]
    for gap in gaps:
        days.append(days[-1] + gap)
    rule = COMMON.get("LSC-01").model_copy(update={"parameters": COMMON.get("LSC-01").parameters | {"min_payments": 1}})
    flow = [row(n, 1, 2, day * DAY_US, 6000, currency="AUD", src_country="AU", dst_country="PH") for n, day in enumerate(days)]
    made = bench(flow)
    hits = [entry for entry in evaluate(made.connection, PackSet((rule,)), made.scorable).to_pylist() if entry["state"] == "hit"]
    assert [entry["evidence_count"] for entry in hits] == ([] if spared else [len(days)])


def test_a_payment_that_is_left_out_is_no_evidence_either(bench, row):
    rule = COMMON.get("LSC-13")
    flow = [row(n, 10 + n, 1, n * DAY_US, 6000, currency="AUD", src_country="AU", dst_country="PH") for n in range(6)]
    made = bench(flow)
    made.connection.execute(
        "INSERT INTO holding (party_key, account_key, since_us, until_us) VALUES (100, 1, NULL, NULL), (110, 10, NULL, NULL)"
    )
    made.connection.execute("INSERT INTO relation (subject_key, object_key, kind) VALUES (110, 100, 'kin'), (110, 100, 'stranger')")
    (hit,) = evaluate(made.connection, PackSet((rule,)), made.scorable).to_pylist()
    assert (hit["observed"], hit["evidence_count"]) == (5, 5)


def test_nothing_that_touches_a_protected_account_is_left_out(bench, row):
    rule = COMMON.get("BKU-01")
    made = bench([row(n, 1, 2, n) for n in range(3)] + [row(3 + n, 3, 4, n) for n in range(3)], protected=(1,))
    made.connection.execute(
        "INSERT INTO holding (party_key, account_key, since_us, until_us) VALUES (9, 1, NULL, NULL), (9, 2, NULL, NULL), (8, 3, NULL, NULL), (8, 4, NULL, NULL)"
    )
    hits = evaluate(made.connection, PackSet((rule,)), made.scorable).to_pylist()
    assert [hit["account_key"] for hit in hits] == [2], "a guardian who takes the child's money, and no adult between own accounts"


def test_an_exclusion_that_finds_nothing_leaves_the_query_as_it_is():
    rule = COMMON.get("LSC-01")
    assert leave_out(rule.sql(), frozenset()) == rule.sql()
    assert describe(rule.exclusions) == f"payments {WORDS['same_holder']}; {WORDS['kin']}; {WORDS['monthly']}"
    assert describe(()) == ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "exclusions: [colleagues]",
            "mine.yaml, line 6: changes.0.exclusions.0: Input should be 'same_holder', 'kin', 'merchant' or 'monthly'",
        ),
        ("exclusions: [kin, kin]", "LSC-12: an exclusion stands here twice"),
    ],
)
def test_an_exclusion_nobody_knows_is_refused_with_its_place(tmp_path, body, words):
    text = f'pack: mine\nversion: "1.0"\nextends: common\ncountry: PH\ntitle: "x"\nchanges:\n  - {{rule: LSC-12, why: "x", {body}}}\nrules: []\n'
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs((tmp_path / "mine.yaml",))
    assert words in str(caught.value)


def test_a_detector_that_does_not_read_the_flow_can_leave_nothing_out():
    rule = COMMON.get("BKU-06").model_copy(update={"exclusions": ("kin",)})
    with pytest.raises(PackError, match="does not read the flow"):
        rule.sql()
