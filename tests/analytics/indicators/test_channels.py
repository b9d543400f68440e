"""Channels: the rails that a published row speaks of, in the words of the model, for every rule; nothing is computed with them."""

from __future__ import annotations

from typing import get_args

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from bakau.cli import root
from bakau.model import Channel
from bakau_analytics.indicators.load import load_shipped, shipped_names
from bakau_analytics.indicators.pack import PackSet, Rail, Rule
from bakau_analytics.referrals.pack import load_victim_pack


def test_channels_are_the_rails_of_the_model_or_any():
    assert set(get_args(Rail)) == {"any", *Channel}
    rules = [rule for name in shipped_names() for rule in load_shipped(name).every]
    named = {rule.id: rule.channels for rule in (*rules, *load_victim_pack().rules)}
    assert (named["LSC-01"], named["LSC-05"], named["CRY-02"]) == (("bank", "e_wallet", "remittance"), ("any",), ("crypto",))
    ours = {rule.id: rule.channels for rule in rules if rule.id.startswith(("BEN", "BKU"))}
    assert ours.pop("BKU-13") == ("platform",), "it stands on a row about gifts on a platform"
    assert {rail for rails in ours.values() for rail in rails} == {"any"}, "no publication names one"


@pytest.mark.parametrize("channels", [[], ["any", "bank"], ["bank", "bank"], ["carrier pigeon"]])
def test_a_rule_that_names_no_rail_or_one_twice_is_refused(channels):
    stated = load_shipped("common").rules[0].model_dump(mode="json", by_alias=True)
    with pytest.raises(ValidationError, match="channels"):
        Rule.model_validate(stated | {"channels": channels})


def test_other_channels_make_no_other_run():
    packs = load_shipped("common")
    other = PackSet(tuple(rule.model_copy(update={"channels": ("card",)}) for rule in packs.rules))
    assert other.digest == packs.digest


def test_a_rule_shows_its_channels():
    shown = CliRunner().invoke(root, ["indicators", "show", "WAL-03"]).stdout
    assert "channels: card, gift_card" in shown
