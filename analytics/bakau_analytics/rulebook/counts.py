"""What rules find in a snapshot, in numbers: no account, no name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from bakau_analytics.indicators.engine import evaluate

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import PackSet
    from bakau_graph.archive import Snapshot


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule: hit, no_hit or not_evaluable; accounts hit, evidence transfers (counted per account), what was missing (empty when nothing)."""

    rule: str
    version: str
    state: str
    accounts: int
    evidence: int
    missing: str


def count_rules(snapshot: Snapshot, packs: PackSet) -> list[RuleCount]:
    """Run the rules over the snapshot's accounts that may carry a number; nothing is stored."""
    with snapshot.connect() as connection:
        hits = evaluate(connection, packs, snapshot.scorable())
    found = []
    for rule in packs.rules:
        rows = hits.filter(pc.equal(hits["indicator"], rule.id))
        real = rows.filter(pc.is_valid(rows["account_key"]))
        missing = next((text for text in rows["missing"].to_pylist() if text), "")
        state = "hit" if len(real) else "not_evaluable" if missing else "no_hit"
        found.append(RuleCount(rule.id, rule.version, state, len(real), pc.sum(real["evidence_count"]).as_py() or 0, missing))
    return found
