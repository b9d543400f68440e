"""What to ask next: the smallest requests for records, the one that would make the score surest per record disclosed first.

What could narrow a score is what makes its bounds differ (`findings.bounds`): a rule that is open for a subject. It closes when all of its
gaps at that subject are filled, so what must be asked together is weighed together. How far an answer narrows the bounds is read off the
combination of the real score, family caps and all: the mean of both answers, after what was asked before. Then come sides of accounts
that nobody has seen, which the bounds do not speak of. Requests are weighed, never sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau_analytics.findings.combination import Kinds, cap_points, count_members
from bakau_analytics.indicators.looks import COLUMNS, look_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from bakau_analytics.findings.rule import FindingRule
    from bakau_analytics.indicators.pack import PackSet, Rule

    Ints = npt.NDArray[np.int64]

#: Who holds a column: either end's institution, or the subject's own. At which institution an account is, the other end's knows: it paid there.
HOLDER: Mapping[str, str] = {
    "local_hour": "src", "src_country": "src", "dst_country": "dst", "dst_outlet": "dst", "dst_kind": "dst", "src_institution": "dst",
    "dst_institution": "src", "src_owner": "src", "dst_owner": "dst", "src_status": "src", "dst_opened": "dst", "dst_tier": "dst", "dst_contact": "dst",
}  # fmt: skip
#: Requests that are weighed one after the other; a person sends fewer.
MOST_ASKS = 20
#: One column of the transfers of one gap, by its place: the least that can be asked for.
Piece = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Gap:
    """Transfers that lack the same columns, between the same subjects (None: no subject) and institutions. `missing` are names of COLUMNS."""

    src_subject: int | None
    dst_subject: int | None
    src_institution: str | None
    dst_institution: str | None
    missing: frozenset[str]
    transfers: int
    is_home: bool = False

    def end_of(self, column: str) -> str:
        """At which end, src or dst, the column is known: where the model puts it, else at the subject's own."""
        return HOLDER.get(column, "src" if self.src_subject is not None else "dst")

    def holder(self, column: str) -> str | None:
        """The institution that could fill the column; None when nobody knows which that is."""
        return self.src_institution if self.end_of(column) == "src" else self.dst_institution


@dataclass(frozen=True, slots=True)
class Side:
    """A subject of which one side was never seen; `transfers` of the seen side stand for what may come."""

    subject: int
    institution: str
    side: str
    transfers: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A rule that hit a subject or is open for it: its points before any cap, as they stand, at least and at most.

    `is_beyond`: it is open for records of others too, which nobody is asked for.
    """

    subject: int
    rule: str
    points: int
    low: int
    high: int
    is_beyond: bool = False

    @property
    def is_open(self) -> bool:
        """True when it could still add or take away."""
        return self.low < self.high


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: to whom, for which columns or which side, how many transfers, by how many points it could narrow the score, for which rules.

    `gaps` are the places of the gaps whose transfers are meant; none for a side.
    """

    institution: str
    columns: tuple[str, ...]
    side: str
    transfers: int
    narrows: int
    rules: tuple[str, ...]
    gaps: tuple[int, ...] = ()

    @property
    def per_thousand(self) -> int:
        """Points narrowed for a thousand transfers disclosed."""
        return self.narrows * 1_000 // max(self.transfers, 1)


class Sheet:
    """The points of one finding, low and high, and what its bounds would be if some of its rules were settled."""

    def __init__(self, units: Sequence[Unit], packs: PackSet, *, is_network: bool, rule: FindingRule) -> None:
        self.units = list(units)
        self._kinds = Kinds.of(packs)
        places = {name: place for place, name in enumerate(self._kinds.names)}
        self._rules: Ints = np.array([places[unit.rule] for unit in self.units], np.int64)
        self._subjects: Ints = np.array([unit.subject for unit in self.units], np.int64)
        self._cap = rule.family_cap
        everything = np.ones(len(self.units), bool)
        self._counted = rule.counted(everything & is_network, ~everything)
        self._stands: Ints = np.array([unit.points for unit in self.units], np.int64)
        self.low: Ints = np.array([unit.low for unit in self.units], np.int64)
        self.high: Ints = np.array([unit.high for unit in self.units], np.int64)

    def width(self) -> int:
        """How far the bounds lie apart."""
        return self._total(self.high) - self._total(self.low)

    def narrowing(self, settled: Sequence[int]) -> float:
        """By how much the bounds come closer when these units are answered: the mean of all answers low and all answers high."""
        chosen = list(settled)
        low, high = self.low[chosen].copy(), self.high[chosen].copy()
        before, widths = self.width(), []
        for answer in (low, high):
            self.low[chosen] = self.high[chosen] = answer
            widths.append(self.width())
        self.low[chosen], self.high[chosen] = low, high
        return before - sum(widths) / len(widths)

    def settle(self, units: Sequence[int], points: Sequence[int] | None = None) -> None:
        """Take these units as answered: with `points`, else as they stand now."""
        chosen = list(units)
        self.low[chosen] = self.high[chosen] = self._stands[chosen] if points is None else np.asarray(points, np.int64)

    def _total(self, points: Ints) -> int:
        capped = cap_points(self._subjects, self._rules, points, self._kinds, cap=self._cap)
        one = np.zeros(len(points), np.int64)
        return int(count_members(one, self._rules, self._subjects, capped, self._counted).sum())


@dataclass(slots=True)
class _Search:
    """The gaps, what each open unit needs to be answered, and what was asked for already."""

    gaps: Sequence[Gap]
    needed: dict[int, frozenset[Piece]]
    made: set[Piece] = field(default_factory=set)

    def letters(self, pieces: Collection[Piece]) -> dict[str, frozenset[int]]:
        """Per institution the gaps it is asked about."""
        found: dict[str, frozenset[int]] = {}
        for place, column in pieces:
            institution = self.gaps[place].holder(column)
            if institution is not None:
                found[institution] = found.get(institution, frozenset()) | {place}
        return found

    def records(self, pieces: Collection[Piece]) -> int:
        """How many transfers these columns disclose, each once for every institution."""
        return sum(self.gaps[place].transfers for places in self.letters(pieces).values() for place in places)

    def widened(self, pieces: frozenset[Piece]) -> frozenset[Piece]:
        """With every other column that is wanted of the same transfers from the same institutions: one letter instead of two."""
        asked = {(institution, place) for institution, places in self.letters(pieces).items() for place in places}
        wanted = frozenset[Piece]().union(*self.needed.values()) - self.made
        return pieces | {(place, column) for place, column in wanted if (self.gaps[place].holder(column), place) in asked}

    def answered(self, pieces: Collection[Piece]) -> list[int]:
        """Open units that nothing is missing for any more once these are answered too."""
        return sorted(unit for unit, needs in self.needed.items() if needs <= self.made.union(pieces))


def rank_asks(
    sheet: Sheet, gaps: Sequence[Gap], sides: Iterable[Side], packs: PackSet, *, is_network: bool, rule: FindingRule
) -> list[Ask]:
    """Requests, the one that narrows most per record first, each after those before it; then unseen sides in the same way."""
    by_id = {one.id: one for one in packs.rules}
    asks = _ask_for_columns(sheet, gaps, by_id)
    return asks + _ask_for_sides(sheet, sides, packs, is_network=is_network, rule=rule)


def find_needed(units: Sequence[Unit], gaps: Sequence[Gap], rules: Mapping[str, Rule]) -> dict[int, frozenset[Piece]]:
    """For each open unit that requests could answer, by its place: the columns wanted and who holds them."""
    needed: dict[int, frozenset[Piece]] = {}
    for place, unit in enumerate(units):
        if not unit.is_open or unit.is_beyond:
            continue
        look = look_of(rules[unit.rule])
        pieces: set[Piece] = set()
        for number, gap in enumerate(gaps):
            wanted = (look.come if gap.dst_subject == unit.subject else frozenset()) | (
                look.gone if gap.src_subject == unit.subject else frozenset()
            )
            if not (look.abroad and gap.is_home):
                pieces |= {(number, column) for column in wanted & gap.missing}
        if pieces and all(gaps[number].holder(column) is not None for number, column in pieces):
            needed[place] = frozenset(pieces)
    return needed


def _ask_for_columns(sheet: Sheet, gaps: Sequence[Gap], rules: Mapping[str, Rule]) -> list[Ask]:
    search = _Search(gaps, find_needed(sheet.units, gaps, rules))
    asks: list[Ask] = []
    while len(asks) < MOST_ASKS:
        best = _best(sheet, search)
        if best is None:
            break
        pieces, gain = best
        closed = search.answered(pieces)
        asks += _letters(pieces, search, gain, sorted({sheet.units[unit].rule for unit in closed}))
        sheet.settle(closed)
        search.made |= pieces
        search.needed = {unit: needs for unit, needs in search.needed.items() if unit not in closed}
    return asks


def _best(sheet: Sheet, search: _Search) -> tuple[frozenset[Piece], float] | None:
    """What to ask for together next, and by how much it narrows: most per record, then fewest records."""
    options = []
    for pieces in {search.widened(needs - search.made) for needs in search.needed.values()}:
        records, closed = search.records(pieces), search.answered(pieces)
        most = int((sheet.high[closed] - sheet.low[closed]).sum())
        options.append((most / max(records, 1), records, sorted(pieces), pieces, closed))
    best: tuple[float, int, list[Piece], frozenset[Piece], float] | None = None
    for bound, records, names, pieces, closed in sorted(options, key=lambda one: (-one[0], one[1], one[2])):
        if best is not None and bound < best[0]:
            break  # it cannot narrow by more than its rules may add
        gain = sheet.narrowing(closed)
        if gain > 0 and (best is None or (-gain / max(records, 1), records, names) < (-best[0], best[1], best[2])):
            best = gain / max(records, 1), records, names, pieces, gain
    return None if best is None else (best[3], best[4])


def _letters(pieces: Collection[Piece], search: _Search, gain: float, rules: Sequence[str]) -> list[Ask]:
    """One request per institution, the shortest first; each narrows by its share of the records, and all together by `gain`."""
    letters = search.letters(pieces)
    lengths = {institution: sum(search.gaps[place].transfers for place in places) for institution, places in letters.items()}
    said, asked, asks = 0, 0, []
    for institution, transfers in sorted(lengths.items(), key=lambda pair: (pair[1], pair[0])):
        wanted = {column for place, column in pieces if search.gaps[place].holder(column) == institution}
        columns = tuple(name for name in COLUMNS if name in wanted)
        asked += transfers
        share = round(gain * asked / sum(lengths.values())) - said
        said += share
        asks.append(Ask(institution, columns, "", transfers, share, tuple(rules), tuple(sorted(letters[institution]))))
    return asks


def _ask_for_sides(sheet: Sheet, sides: Iterable[Side], packs: PackSet, *, is_network: bool, rule: FindingRule) -> list[Ask]:
    """Sides nobody has seen: what their rules could add or take away beyond what stands, per institution."""
    spoken = {(unit.subject, unit.rule) for unit in sheet.units}
    groups: dict[tuple[str, str], list[Side]] = {}
    for side in sides:
        groups.setdefault((side.institution, side.side), []).append(side)
    asks = []
    for (institution, name), members in groups.items():
        silent = [
            Unit(side.subject, one.id, 0, min(one.points.cap, 0), max(one.points.cap, 0))
            for side in members
            for one in packs.rules
            if look_of(one).silent_without == name and (side.subject, one.id) not in spoken
        ]
        if silent:
            wider = Sheet([*sheet.units, *silent], packs, is_network=is_network, rule=rule)
            narrows = round(wider.narrowing(range(len(sheet.units), len(wider.units))))
            asks.append(
                Ask(institution, (), name, sum(side.transfers for side in members), narrows, tuple(sorted({unit.rule for unit in silent})))
            )
    return sorted((ask for ask in asks if ask.narrows > 0), key=lambda one: (-one.per_thousand, one.transfers, one.institution, one.side))
