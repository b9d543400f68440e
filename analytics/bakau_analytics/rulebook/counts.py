"""What rules find in a snapshot, in numbers: no account, no name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from bakau_analytics.flow import count_known, ensure_flow, load_coverage
from bakau_analytics.indicators.engine import evaluate, find_missing

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


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """Whether one rule can be looked at here: evaluable, partly or not_evaluable; on how many transfers, of all, and what the others lack."""

    rule: str
    version: str
    rule_class: str
    needs: tuple[str, ...]
    state: str
    transfers: int
    of_transfers: int
    missing: str


def cover_rules(snapshot: Snapshot, packs: PackSet) -> list[RuleCoverage]:
    """For each rule the transfers that state all it needs; no rule is run."""
    with snapshot.connect() as connection:
        ensure_flow(connection)
        coverage = load_coverage(connection)
        known = {needs: count_known(connection, needs) for needs in {rule.needs for rule in packs.rules}}
    every = coverage["transfers"]
    found = []
    for rule in packs.rules:
        count = known[rule.needs]
        state = "evaluable" if count == every else "partly" if count else "not_evaluable"
        found.append(RuleCoverage(rule.id, rule.version, rule.rule_class, rule.needs, state, count, every, find_missing(rule, coverage)))
    return found


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
