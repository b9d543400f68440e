"""States of rules: who may become what, and that only what is active is in force."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakau.errors import PackError
from bakau_analytics.indicators.load import find_shipped, load_shipped, shipped_names
from bakau_analytics.indicators.pack import Rule
from bakau_analytics.indicators.states import Proposal, RuleState, WorkspaceRules, apply_proposals, load_workspace_rules, with_rules

COMMON = load_shipped("common")
OTHER = COMMON.get("FAC-01").model_copy(update={"version": "9.0"})


@pytest.mark.parametrize("state", list(RuleState))
def test_only_an_active_rule_is_in_force(state):
    packs = apply_proposals(COMMON, [Proposal(OTHER, state)])
    assert (packs.get("FAC-01").version == "9.0") is (state is RuleState.ACTIVE)
    assert (packs.digest == COMMON.digest) is (state is not RuleState.ACTIVE)
    assert (packs.shadow, packs.drafts) == ((OTHER,) * (state is RuleState.SHADOW), (OTHER,) * (state is RuleState.DRAFT))
    assert find_shipped(packs.digest, [Proposal(OTHER, state)]).get("FAC-01") in packs.rules


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(COMMON.every), st.sampled_from(RuleState)), unique_by=lambda pair: pair[0].id, max_size=8))
def test_rules_that_are_not_active_are_no_part_of_what_a_run_stands_on(drawn):
    proposals = [Proposal(rule.model_copy(update={"version": "9.0", "enabled": True}), state) for rule, state in drawn]
    packs = apply_proposals(COMMON, proposals)
    active = {one.rule.id for one in proposals if one.state is RuleState.ACTIVE}
    assert {rule.id for rule in packs.rules if rule.version == "9.0"} == active
    assert packs.digest == apply_proposals(COMMON, [one for one in proposals if one.rule.id in active]).digest


def test_a_rule_is_active_after_it_was_in_shadow_and_never_at_once():
    ways = {(one, other) for one in RuleState for other in RuleState if one.may_become(other)}
    assert {one for one, other in ways if other is RuleState.ACTIVE} == {RuleState.SHADOW}
    assert {other for one, other in ways if one is RuleState.OFF} == {RuleState.DRAFT}
    assert not [one for one, other in ways if one is other]


def test_a_proposed_rule_counts_as_active_where_that_is_asked_for_and_a_rule_that_is_off_does_not():
    packs = apply_proposals(COMMON, [Proposal(OTHER, RuleState.DRAFT)])
    assert with_rules(packs, ["FAC-01"]).get("FAC-01") == OTHER
    with pytest.raises(PackError, match="off"):
        with_rules(packs, ["LSC-07"])
    with pytest.raises(PackError, match="no such"):
        with_rules(packs, ["ZZZ-99"])


def test_every_shipped_rule_comes_back_from_json_as_it_was():
    for name in shipped_names():
        for rule in load_shipped(name).every:
            assert Rule.model_validate_json(rule.model_dump_json(by_alias=True)) == rule


def test_where_there_is_no_workspace_nothing_is_proposed(tmp_path):
    assert load_workspace_rules(None) == load_workspace_rules(tmp_path) == WorkspaceRules()
