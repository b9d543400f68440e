"""Rules that a workspace proposes, with who moved each, when and why; and the keys that may sign packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.times import format_us
from bakau_analytics.indicators.states import RuleState
from bakau_casework.view import Declaration, Draft, Shown, flag, nested, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakau_casework.rules.register import RuleRegister, TrustedKey

_STEP = {
    "state": pa.string(), "version": pa.string(), "why": pa.string(), "person": pa.string(), "alone": pa.bool_(), "time": pa.string(),
}  # fmt: skip

PROPOSALS = Declaration(
    "rule-proposals",
    "Rules that the workspace proposes: drafts are tried, shadow rules are counted, active ones open findings.",
    "proposals",
    (
        text("rule_id", "the rule"),
        text("version", "its version"),
        text("title", "what it looks for"),
        text("state", "draft, shadow, active or off"),
        Shown("may_become", pa.list_(pa.string()), "states it may be brought to from here", text("", "").marking),
        text("proposed_by", "who proposed it"),
        flag("is_alone", "it is active and nobody else than who proposed it agreed"),
        nested("moves", "every move of it, oldest first", _STEP),
    ),
    number=2,
)
KEYS = Declaration(
    "pack-keys",
    "Public keys that may sign packs. Where one is listed, a pack from a file needs its signature; where none is, any pack is taken.",
    "keys",
    (
        text("key", "the public key, Ed25519, hexadecimal"),
        text("label", "whose it is, as whoever trusted it wrote"),
        text("person", "who trusted it"),
        text("time", "when, ISO 8601 in UTC"),
    ),
)


def list_proposals(register: RuleRegister, asked: Iterable[str] = ()) -> Draft:
    """The draft of PROPOSALS."""
    steps: dict[str, list[dict[str, object]]] = {}
    for step in register.steps():
        row = {"state": step.state, "version": step.rule_version, "why": step.why, "person": step.person, "alone": step.alone}
        steps.setdefault(step.rule_id, []).append({**row, "time": format_us(step.stepped_us)})
    rows = [
        {
            "rule_id": one.rule.id,
            "version": one.rule.version,
            "title": one.rule.title,
            "state": str(one.state),
            "may_become": [str(state) for state in RuleState if one.state.may_become(state)],
            "proposed_by": one.proposed_by,
            "is_alone": one.state is RuleState.ACTIVE and bool(steps[one.rule.id][-1]["alone"]),
            "moves": steps[one.rule.id],
        }
        for one in register.proposals()
    ]
    return Draft(pa.Table.from_pylist(rows, PROPOSALS.arrow_schema), asked=tuple(asked))


def list_keys(keys: Iterable[TrustedKey]) -> Draft:
    """The draft of KEYS."""
    rows = [{"key": one.key, "label": one.label, "person": one.person, "time": format_us(one.trusted_us)} for one in keys]
    return Draft(pa.Table.from_pylist(rows, KEYS.arrow_schema))
