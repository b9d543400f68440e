"""What a ranked list of findings is worth to people who read its first `budget` entries.

A finding is *true* when at least half of its named subjects belong to one planted network (its receiving core or its consumers) and it
names no look-alike. The first true finding recovers the network; a second one on the same network is a duplicate and counts against
precision. Recall is over min(budget, planted), so that a list cannot be blamed for a budget that is too short. True findings on
networks of few payers are counted apart: neither for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_analytics.evaluation.planted import Planted, Truth
    from bakau_analytics.findings.assemble import Draft
    from bakau_graph.archive import Snapshot

    #: Findings, highest score first, each the account keys of its subjects.
    Ranked = Sequence[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the first findings of a list were judged: one verdict each, in order, and the networks they recovered.

    A verdict is ``true`` (recovers a network), ``duplicate``, ``small`` (a network of few payers), ``lookalike`` or ``false``.
    """

    verdicts: tuple[str, ...]
    recovered: frozenset[str]
    planted: int
    budget: int

    @property
    def recall(self) -> float:
        """Recovered networks over min(budget, planted), 0 to 1."""
        return share(len(self.recovered), min(self.budget, self.planted))

    @property
    def precision(self) -> float:
        """Findings that recover a network over findings read, those on networks of few payers left out."""
        return share(self.verdicts.count("true"), len(self.verdicts) - self.verdicts.count("small"))

    @property
    def recovered_after(self) -> list[int]:
        """How many networks are recovered after 1, 2, … findings."""
        return list(accumulate(int(verdict == "true") for verdict in self.verdicts))


def read(truth: Truth, ranked: Ranked, budget: int) -> Reading:
    """Judge the first `budget` findings against the truth."""
    large = {network.network_id for network in truth.large}
    alike = truth.every_lookalike
    places: dict[int, list[Planted]] = {}
    for network in truth.networks:
        for key in network.members:
            places.setdefault(key, []).append(network)
    verdicts: list[str] = []
    recovered: dict[str, None] = {}
    for subjects in ranked[:budget]:
        if subjects & alike:
            verdicts.append("lookalike")
            continue
        fitting = _fitting(subjects, places)
        if not fitting:
            verdicts.append("false")
        elif fresh := [name for name in fitting if name in large and name not in recovered]:
            recovered[fresh[0]] = None
            verdicts.append("true")
        else:
            verdicts.append("duplicate" if any(name in large for name in fitting) else "small")
    return Reading(tuple(verdicts), frozenset(recovered), len(large), budget)


def _fitting(subjects: frozenset[int], places: dict[int, list[Planted]]) -> list[str]:
    """Ids of the networks to which at least half of the subjects belong: those with most of them first, ties by core, then by id."""
    shared: dict[str, tuple[int, int]] = {}
    for key in subjects:
        for network in places.get(key, ()):
            members, core = shared.get(network.network_id, (0, 0))
            shared[network.network_id] = (members + 1, core + (key in network.core))
    fits = [name for name, (members, _) in shared.items() if 2 * members >= len(subjects)]
    return sorted(fits, key=lambda name: (-shared[name][0], -shared[name][1], name))


def load_ranked(snapshot: Snapshot) -> list[frozenset[int]]:
    """Subjects of the newest run's findings, highest score first, ties by id."""
    findings = snapshot.derived("finding").sort_by([("score", "descending"), ("finding_id", "ascending")])
    rows = snapshot.derived("finding_subject")
    return _grouped(findings["finding_id"].to_pylist(), rows["finding_id"].to_pylist(), rows["account_key"].to_pylist())


def rank_draft(draft: Draft) -> list[frozenset[int]]:
    """The same of findings that were not stored: highest score first, ties by their number."""
    findings = draft.findings.sort_by([("score", "descending"), ("grp", "ascending")])
    return _grouped(findings["grp"].to_pylist(), draft.subjects["grp"].to_pylist(), draft.subjects["account_key"].to_pylist())


def _grouped(order: Sequence[object], names: Sequence[object], keys: Sequence[int]) -> list[frozenset[int]]:
    subjects: dict[object, set[int]] = {}
    for name, key in zip(names, keys, strict=True):
        subjects.setdefault(name, set()).add(key)
    return [frozenset(subjects[name]) for name in order]


def share(part: int, whole: int) -> float:
    """`part` of `whole`, four digits; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0
