"""A broken pack is refused with its file and line, whatever is broken in it, and what stood before it stays."""

from __future__ import annotations

import re

import pytest
from analytics.town import Town, ring

from bakau.errors import PackError
from bakau_analytics.indicators.load import load_packs, load_shipped, shipped_names
from bakau_analytics.run import analyse

RULE = """  - id: TST-01
    version: "1.0"
    title: "Is paid several times within a day"
    role: facilitator
    crime_types: [LSAC]
    class: T
    family: "burst"
    detector: burst_received
    parameters: {min_payments: 3, window_us: 86399999999}
    threshold_parameter: min_payments
    observed: "{observed} payments"
    threshold_text: "at least {threshold}"
    default_of_ours: true
    points: {base: 60, cap: 60}
    source: {publication: "ours", address: "", grade: D, number: "none"}
    benign: ["a shop"]
    runbook: "Look."
    cases:
      - {title: "three", account: R, expect: hit, payments: [{src: A, dst: R, at: "2026-01-05"}, {src: A, dst: R, at: "2026-01-05"}, {src: A, dst: R, at: "2026-01-05"}]}
      - {title: "one", account: R, expect: no_hit, payments: [{src: A, dst: R, at: "2026-01-05"}]}
"""
PACK = f'pack: mine\nversion: "1.0"\nrules:\n{RULE}'
BOMB = "pack: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\nrules: []\n"

BROKEN = {
    "unknown key of a rule": (PACK.replace("    runbook:", "    colour: red\n    runbook:"), 4, "colour"),
    "unknown key of the pack": (PACK.replace("rules:", "colour: red\nrules:", 1), 3, "colour"),
    "missing source": (re.sub(r"    source: .*\n", "", PACK), 4, "source"),
    "window written in days": (PACK.replace("86399999999", "30"), 4, "in another unit"),
    "parameter of another unit": (PACK.replace("window_us", "window_days"), 4, "window_days is in days"),
    "number as text": (PACK.replace("min_payments: 3", 'min_payments: "3 payments"'), 4, "min_payments"),
    "duplicate id": (PACK + RULE, 4, "share the id TST-01"),
    "stands on itself": ('pack: mine\nversion: "1.0"\nextends: mine\ncountry: PH\ntitle: "Mine"\nrules: []\n', 3, "stands on itself"),
    "alias bomb": (BOMB, 1, "aliases"),
    "not YAML": ("pack: mine\nrules: [\n  - {\n", 3, "not YAML"),
    "a profile that adds points": (PACK.replace("    source:", "    profile: true\n    source:"), 4, "a profile may narrow or subtract"),
    "no points and no profile": (PACK.replace("base: 60, cap: 60", "base: 0, cap: 0"), 4, "only a rule about a profile"),
    "no base beside a cap": (PACK.replace("base: 60, cap: 60", "base: 0, cap: 60"), 4, "points.base must not be 0"),
    "a role that is no suspect's": (PACK.replace("role: facilitator", "role: victim"), 4, "role"),
}


def write(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_pack_is_refused_with_file_and_line(tmp_path, text, line, words):
    with pytest.raises(PackError, match=re.escape(words)) as refused:
        load_packs((write(tmp_path, text),))
    assert str(refused.value).startswith(f"mine.yaml, line {line}: "), str(refused.value)


def test_two_packs_that_stand_on_each_other_are_refused_with_file_and_line(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    for path, base in ((one, "other"), (other, "one")):
        path.write_text(f'pack: {path.stem}\nversion: "1.0"\nextends: {base}\ncountry: PH\ntitle: "Mine"\nrules: []\n', encoding="utf-8")
    with pytest.raises(PackError, match=r"one\.yaml, line 3: the pack one stands on itself"):
        load_packs((one, other))


def test_the_pack_that_is_broken_above_is_whole_without_the_break(tmp_path):
    assert [rule.id for rule in load_packs((write(tmp_path, PACK),)).rules] == ["TST-01"]


def test_after_a_broken_pack_the_findings_of_the_last_good_one_stand(tmp_path):
    town = Town(tmp_path / "case")
    town.pay(ring("a"))
    good = write(tmp_path, PACK)
    run = analyse(town.archive, packs=load_packs((good,)))
    before = town.archive.snapshot().derived("finding").to_pylist()
    assert before
    for text, _, __ in BROKEN.values():
        with pytest.raises(PackError):
            load_packs((write(tmp_path, text),))
    snapshot = town.archive.snapshot()
    assert snapshot.latest_run().run_id == run.run_id
    assert snapshot.derived("finding").to_pylist() == before
    assert load_shipped("common").rules, "and so do the shipped ones"
    assert shipped_names()[0] == "common"
