"""How each rule did on a planted truth: what it hits, how much of that was planted, which harmless group it hits, which rule says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from bakau_analytics.evaluation.planted import load_truth

if TYPE_CHECKING:
    from pathlib import Path

    from bakau_analytics.evaluation.planted import Truth
    from bakau_graph.archive import Archive


@dataclass(frozen=True, slots=True)
class Card:
    """One rule: accounts hit, shares in parts per million, the rules it shares accounts with, and the look-alikes it hits, by kind."""

    rule: str
    hits: int
    precision_ppm: int
    precision_by_crime_ppm: dict[str, int]
    recall_ppm: dict[str, int]
    overlap_rule: str
    overlap_ppm: int
    overlaps_ppm: dict[str, int]
    lookalikes: dict[str, int]

    @property
    def benign_group(self) -> str:
        """The kind of look-alike it hits most; empty when it hits none."""
        return max(sorted(self.lookalikes), key=lambda kind: self.lookalikes[kind]) if self.lookalikes else ""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """For the rulebook."""
        recall, precision = (
            ", ".join(f"{crime} {_per_cent(ppm)}" for crime, ppm in shares.items()) or "nothing planted"
            for shares in (self.recall_ppm, self.precision_by_crime_ppm)
        )
        benign = f"{self.benign_group} ({self.lookalikes[self.benign_group]:,} accounts)" if self.benign_group else "none"
        overlap = f"{self.overlap_rule} ({_per_cent(self.overlap_ppm)} of accounts in common)" if self.overlap_rule else "none"
        return (
            ("Hits on the planted truth", f"{self.hits:,} accounts, {_per_cent(self.precision_ppm)} of them planted"),
            ("Precision by crime type", precision),
            ("Recall by crime type", recall),
            ("Says the same as", overlap),
            ("Harmless group it hits most", benign),
        )


def measure_rules(archive: Archive, folder: Path) -> dict[str, Card]:
    """A card per rule that hits anybody in the newest run. Raises what `load_truth` raises."""
    snapshot = archive.snapshot()
    truth = load_truth(archive, snapshot, folder)
    rows = snapshot.derived("hit")
    rows = rows.filter(pc.and_(pc.equal(rows["state"], "hit"), pc.is_valid(rows["account_key"])))
    hit: dict[str, set[int]] = {}
    for name, key in zip(rows["indicator"].to_pylist(), rows["account_key"].to_pylist(), strict=True):
        hit.setdefault(name, set()).add(key)
    members = frozenset[int]().union(*(network.members | network.sweepers for network in truth.networks))
    return {name: _card(name, hit, truth, members) for name in sorted(hit)}


def _card(name: str, hit: dict[str, set[int]], truth: Truth, members: frozenset[int]) -> Card:
    mine = hit[name]
    by_crime: dict[str, set[int]] = {}
    for network in truth.networks:
        by_crime.setdefault(network.crime_type, set()).update(network.members)
    shared = {other: _ppm(len(mine & theirs), len(mine | theirs)) for other, theirs in hit.items() if other != name and mine & theirs}
    nearest = max(sorted(shared), key=lambda other: shared[other]) if shared else ""
    alike = {kind: len(mine & accounts) for kind, accounts in truth.lookalikes.items() if mine & accounts}
    recall = {crime: _ppm(len(mine & accounts), len(accounts)) for crime, accounts in sorted(by_crime.items()) if accounts}
    precision = {crime: _ppm(len(mine & accounts), len(mine)) for crime, accounts in sorted(by_crime.items()) if accounts}
    return Card(
        rule=name,
        hits=len(mine),
        precision_ppm=_ppm(len(mine & members), len(mine)),
        precision_by_crime_ppm=precision,
        recall_ppm=recall,
        overlap_rule=nearest,
        overlap_ppm=shared.get(nearest, 0),
        overlaps_ppm=dict(sorted(shared.items())),
        lookalikes=alike,
    )


def _ppm(part: int, whole: int) -> int:
    return part * 1_000_000 // whole if whole else 0


def _per_cent(ppm: int) -> str:
    return f"{ppm / 10_000:.0f} %"
