"""Rules on their way in: what a workspace proposes, and how far it came. A draft is tried, a shadow rule is counted, an active one opens findings.

Who proposed and who agreed is kept where people work (casework); here is only what an analysis must know of it, asked for through an entry point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bakau.entries import list_entries
from bakau_analytics.indicators.pack import PackSet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bakau_analytics.indicators.pack import Rule

#: Who answers: a function of the workspace's directory that gives a WorkspaceRules.
GROUP = "bakau.workspace_rules"


class RuleState(StrEnum):
    """How far a proposed rule came."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    OFF = "off"

    def may_become(self, other: RuleState) -> bool:
        """Whether a rule in this state may go to the other."""
        return other in _MOVES[self]


_MOVES = {
    RuleState.DRAFT: frozenset({RuleState.SHADOW, RuleState.OFF}),
    RuleState.SHADOW: frozenset({RuleState.ACTIVE, RuleState.DRAFT, RuleState.OFF}),
    RuleState.ACTIVE: frozenset({RuleState.SHADOW, RuleState.DRAFT, RuleState.OFF}),
    RuleState.OFF: frozenset({RuleState.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed rule and its state."""

    rule: Rule
    state: RuleState


@dataclass(frozen=True, slots=True)
class WorkspaceRules:
    """What a workspace says about rules: its proposals, and the keys (hexadecimal) one of which must have signed a given pack; none: any pack."""

    proposals: tuple[Proposal, ...] = ()
    trusted: frozenset[str] = frozenset()


def load_workspace_rules(workspace: Path | None) -> WorkspaceRules:
    """What the workspace says; nothing where there is no workspace."""
    if workspace is None:
        return WorkspaceRules()
    found: list[WorkspaceRules] = [entry.load()(workspace) for entry in list_entries(GROUP)]
    return WorkspaceRules(
        tuple(proposal for one in found for proposal in one.proposals), frozenset(key for one in found for key in one.trusted)
    )


def apply_proposals(packs: PackSet, proposals: Iterable[Proposal]) -> PackSet:
    """The packs with what is proposed: an active rule takes the place of the packs' own rule of that id, the others stand beside."""
    by_state: dict[RuleState, list[Rule]] = {state: [] for state in RuleState}
    for proposal in sorted(proposals, key=lambda one: one.rule.id):
        by_state[proposal.state].append(proposal.rule)
    rules = {rule.id: rule for rule in (*packs.every, *by_state[RuleState.ACTIVE])}
    return replace(PackSet.of(rules.values()), shadow=tuple(by_state[RuleState.SHADOW]), drafts=tuple(by_state[RuleState.DRAFT]))


def with_rules(packs: PackSet, names: Iterable[str]) -> PackSet:
    """The packs as if these proposed rules were in force; PackError for a name that is none. A rule that is off stays off."""
    proposed = {rule.id: rule for rule in (*packs.drafts, *packs.shadow)}
    wanted = {name: proposed[name] if name in proposed else packs.pick((name,)).rules[0] for name in names}
    return PackSet.of(({rule.id: rule for rule in packs.every} | wanted).values())
