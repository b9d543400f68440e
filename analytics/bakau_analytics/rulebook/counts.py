"""What rules find in a snapshot, in numbers: no account, no name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from bakau_analytics.flow import count_known, ensure_flow
from bakau_analytics.indicators.engine import evaluate, load_everything
from bakau_analytics.indicators.needs import find_missing, is_blind
from bakau_analytics.indicators.pack import PackSet
from bakau_analytics.referrals.review import set_review

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from bakau_analytics.indicators.pack import Rule
    from bakau_graph.archive import Snapshot


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule: hit, no_hit or not_evaluable; accounts hit, evidence transfers (counted per account), what was missing (empty when nothing).

    `spared` are the accounts that would be hit as well if the rule left nothing out, `exclusions` what it leaves out, by name.
    """

    rule: str
    version: str
    state: str
    accounts: int
    evidence: int
    missing: str
    exclusions: tuple[str, ...]
    spared: int

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"{self.rule}  {self.state:<13} {self.accounts:>8,} accounts {self.evidence:>10,} transfers"
            + (f"  {self.missing}" if self.missing else "")
            + (f"  {self.spared:,} more without exclusions ({', '.join(self.exclusions)})" if self.spared else "")
        )


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
        coverage = load_everything(connection, packs.rules)
        known = {needs: count_known(connection, needs) for needs in {rule.needs for rule in packs.rules}}
    every = coverage["transfers"]
    found = []
    for rule in packs.rules:
        blind = bool(every or rule.lists) and is_blind(rule, coverage)
        count = 0 if blind else known[rule.needs]
        state = "evaluable" if count == every and not blind else "partly" if count else "not_evaluable"
        found.append(RuleCoverage(rule.id, rule.version, rule.rule_class, rule.needs, state, count, every, find_missing(rule, coverage)))
    return found


def count_rules(snapshot: Snapshot, packs: PackSet) -> list[RuleCount]:
    """Run the rules over the snapshot's accounts that may carry a number; nothing is stored."""
    with snapshot.connect() as connection:
        scorable = snapshot.scorable().without(set_review(connection))  # who stands in review has no number
        hits = evaluate(connection, packs, scorable)
        whole = PackSet(tuple(rule.model_copy(update={"exclusions": ()}) for rule in packs.rules if rule.exclusions))
        beside = Counter(_names(evaluate(connection, whole, scorable)))
    found = []
    for rule in packs.rules:
        rows = hits.filter(pc.equal(hits["indicator"], rule.id))
        real = rows.filter(pc.is_valid(rows["account_key"]))
        missing = next((text for text in rows["missing"].to_pylist() if text), "")
        state = "hit" if len(real) else "not_evaluable" if missing else "no_hit"
        spared = beside[rule.id] - len(real) if rule.exclusions else 0
        evidence = pc.sum(real["evidence_count"]).as_py() or 0
        found.append(RuleCount(rule.id, rule.version, state, len(real), evidence, missing, rule.exclusions, spared))
    return found


def count_shadow(snapshot: Snapshot, rules: Sequence[Rule]) -> list[RuleCount]:
    """The same of rules in shadow, apart from every analysis and each alone, so that none can change what another says."""
    return [count for rule in rules for count in count_rules(snapshot, PackSet((rule,)))]


def _names(hits: pa.Table) -> list[str]:
    """The rule of every account hit."""
    return [str(name) for name in hits.filter(pc.is_valid(hits["account_key"]))["indicator"].to_pylist()]
