"""The published catalogue: every row has a rule or a reason why not, in exactly one place."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import PackError
from bakau_analytics.indicators.load import load_shipped, shipped_names
from bakau_analytics.indicators.not_built import WAITS_FOR, NotBuilt, load_catalogue, parse_catalogue
from bakau_analytics.referrals.pack import load_victim_pack

ROW = '  - {id: AAA-02, class: T+K, lacks: not_yet, title: "x", reason: "y"}\n'
TEXT = "published: {AAA: 2}\nnot_built:\n" + ROW
#: Rules of ours: harmless explanations, and signs that no publication numbers.
OURS = re.compile(r"BEN-|BKU-")


def built():
    victims = load_victim_pack()
    rules = {rule.id for name in shipped_names() for rule in load_shipped(name).every}
    return [*sorted(rules), *(rule.id for rule in victims.rules), *(rule.id for rule in victims.not_computed)]


def test_every_published_row_stands_in_exactly_one_place():
    catalogue = load_catalogue()
    assert len(catalogue.published) == len(set(catalogue.published)) == 86
    have = [name for name in built() if not OURS.match(name)]
    assert not set(have) - set(catalogue.published), "a rule of ours begins with BEN or BKU"
    places = Counter([*have, *(row.id for row in catalogue.not_built)])
    twice = sorted(name for name, count in places.items() if count > 1)
    assert not twice, f"has a rule now: take its line out of not_built.yaml: {twice}"
    assert not set(catalogue.published) - set(places), "has neither a rule nor a line in not_built.yaml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT + ROW, "not_built.yaml, line 3: AAA-02 stands here twice"),
        (TEXT.replace("AAA: 2", "AAA: 1"), "not_built.yaml, line 3: AAA-02 is no row of the catalogue"),
        (TEXT.replace('reason: "y"', 'colour: "red"'), "not_built.yaml, line 3: rule AAA-02: reason: Field required"),
        (TEXT.replace("not_yet", "money"), "not_built.yaml, line 3: rule AAA-02: lacks"),
        ("published: {AAA: 2}\n", "not_built: Field required"),
    ],
)
def test_a_broken_catalogue_says_where(text, words):
    with pytest.raises(PackError, match=re.escape(words)):
        parse_catalogue("not_built.yaml", text)


def test_a_catalogue_is_read_in_the_order_of_what_is_published():
    rows = parse_catalogue("not_built.yaml", TEXT + ROW.replace("AAA-02", "AAA-01")).not_built
    assert [row.id for row in rows] == ["AAA-01", "AAA-02"]
    assert set(NotBuilt.model_fields["lacks"].annotation.__args__) == set(WAITS_FOR)


def test_the_list_of_rules_says_what_has_none_and_why():
    printed = CliRunner().invoke(root, ["indicators", "list"]).stdout
    for row in load_catalogue().not_built:
        assert f"{row.id}  none  not built    {row.rule_class}  {row.title}: {row.reason}" in printed
