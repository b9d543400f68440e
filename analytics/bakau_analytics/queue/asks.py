"""What to ask next: the smallest requests for records, ranked by how much they could narrow a score for each record disclosed.

A rule that could not be looked at leaves the score open by as much as it may add or subtract at most. Whoever holds the missing columns
could close that. So could a bank that shows the side of an account nobody has seen. Requests are weighed, never sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bakau_analytics.indicators.pack import Rule

#: Columns a rule may need, in the order of the bits of a `Gap`, and who holds each: either end's institution, or the subject's own.
COLUMNS = ("amount", "currency", "time_known", "local_hour", "src_country", "dst_country")
HOLDER: Mapping[str, str] = {"local_hour": "src", "src_country": "src", "dst_country": "dst"}
#: Detectors that need to see what leaves, or what reaches, an account. What is seen of neither side cannot speak.
NEEDS_SIDE: Mapping[str, str] = {
    "pass_through": "out", "quick_cash_out": "out", "regular_pairs": "out",
    "fan_in": "in", "burst_received": "in", "co_senders": "in", "low_value_received": "in", "price_points": "in",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """Transfers of a finding that lack the same columns and lie between the same institutions. `missing` are names of COLUMNS."""

    src_institution: str | None
    dst_institution: str | None
    own_institution: str | None
    missing: frozenset[str]
    transfers: int


@dataclass(frozen=True, slots=True)
class Side:
    """Subjects at one institution of which one side was never seen; `transfers` of the seen side stand for what may come."""

    institution: str
    side: str
    transfers: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: to whom, for which columns or which side, how many transfers, by how many points it could narrow the score, for which rules."""

    institution: str
    columns: tuple[str, ...]
    side: str
    transfers: int
    narrows: int
    rules: tuple[str, ...]

    @property
    def per_thousand(self) -> int:
        """Points narrowed for a thousand transfers disclosed: what requests are ranked by."""
        return self.narrows * 1_000 // max(self.transfers, 1)


@dataclass(slots=True)
class _Sum:
    transfers: int = 0
    shares: dict[str, float] = field(default_factory=dict)


def rank_asks(
    gaps: Sequence[Gap], sides: Iterable[Side], rules: Iterable[Rule], *, open_rules: Collection[str], seen: Collection[str]
) -> list[Ask]:
    """Requests, the one that narrows most per record first. `open_rules` could not be looked at, `seen` have spoken already."""
    sums: dict[tuple[str, tuple[str, ...], str], _Sum] = {}
    most: dict[str, int] = {}
    known = list(rules)
    for rule in known:
        if rule.id in open_rules:
            most[rule.id] = abs(rule.points.cap)
            _add_gaps(sums, rule, gaps)
    for side in sides:
        held = _Sum(side.transfers)
        for rule in known:
            if NEEDS_SIDE.get(rule.detector) == side.side and rule.id not in seen:
                most[rule.id] = abs(rule.points.cap)
                held.shares[rule.id] = 1.0
        if held.shares:
            sums[side.institution, (), side.side] = held
    asks = [
        Ask(institution, columns, side, found.transfers, round(sum(share * most[name] for name, share in found.shares.items())), tuple(sorted(found.shares)))
        for (institution, columns, side), found in sums.items()
    ]  # fmt: skip
    return sorted(
        (ask for ask in asks if ask.narrows), key=lambda one: (-one.per_thousand, one.transfers, one.institution, one.columns, one.side)
    )


def _add_gaps(sums: dict[tuple[str, tuple[str, ...], str], _Sum], rule: Rule, gaps: Sequence[Gap]) -> None:
    """Share the rule's openness out over the transfers that lack one of its columns, and over those who hold these columns."""
    lacking: list[tuple[Gap, list[str]]] = [(gap, [name for name in rule.needs if name in gap.missing]) for gap in gaps]
    total = sum(gap.transfers for gap, missing in lacking if missing)
    held: dict[tuple[str, tuple[str, ...], str], int] = {}
    for gap, missing in lacking:
        for institution in {_holder(gap, name) for name in missing} - {None}:
            columns = tuple(name for name in missing if _holder(gap, name) == institution)
            key = (str(institution), columns, "")
            found = sums.setdefault(key, _Sum())
            found.shares[rule.id] = found.shares.get(rule.id, 0.0) + gap.transfers / total * len(columns) / len(missing)
            held[key] = held.get(key, 0) + gap.transfers
    for key, transfers in held.items():
        sums[key].transfers = max(sums[key].transfers, transfers)


def _holder(gap: Gap, column: str) -> str | None:
    end = HOLDER.get(column)
    return gap.src_institution if end == "src" else gap.dst_institution if end == "dst" else gap.own_institution
