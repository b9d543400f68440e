"""How points become a score. The one place for it: the score itself, the lowest and highest it could be, and what an answer would change.

An account's indicators of one family are capped together, strongest first; benign evidence subtracts. Of one indicator, a network counts
so many members. (An indicator about a profile has no points above 0: its pack would be refused.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import PackSet

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Of each rule, by its place among the names: number of its family, the most it may add or take away."""

    names: tuple[str, ...]
    families: Ints
    caps: Ints

    @classmethod
    def of(cls, packs: PackSet) -> Self:
        """The rules of a pack set."""
        known = sorted({rule.family for rule in packs.rules})
        return cls(
            tuple(rule.id for rule in packs.rules),
            np.array([known.index(rule.family) for rule in packs.rules], np.int64),
            np.array([rule.points.cap for rule in packs.rules], np.int64),
        )


def cap_points(accounts: Ints, rules: Ints, points: Ints, kinds: Kinds, *, cap: int) -> Ints:
    """What each hit (account, place of its rule in `kinds`, points) adds to its account once a family adds at most `cap`."""
    family = kinds.families[rules]
    positive = np.maximum(points, 0)
    order = np.lexsort((rules, -positive, family, accounts))
    sorted_points = positive[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (accounts[order][1:] != accounts[order][:-1]) | (family[order][1:] != family[order][:-1])
    before = np.cumsum(sorted_points) - sorted_points
    base = before[np.flatnonzero(fresh)][np.cumsum(fresh) - 1] if len(order) else before
    left = np.clip(cap - (before - base), 0, None)
    result = np.empty(len(points), np.int64)
    result[order] = np.minimum(sorted_points, left)
    return np.where(points < 0, points, result)


def count_members(groups: Ints, rules: Ints, accounts: Ints, points: Ints, most: Ints) -> Ints:
    """What each contribution adds to its group: of one rule only the `most` (one for each row) strongest members count, ties by account."""
    order = np.lexsort((accounts, -np.abs(points), rules, groups))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (groups[order][1:] != groups[order][:-1]) | (rules[order][1:] != rules[order][:-1])
    start = np.flatnonzero(fresh)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - (start[np.cumsum(fresh) - 1] if len(order) else 0)
    return np.where(place < most, points, 0)
