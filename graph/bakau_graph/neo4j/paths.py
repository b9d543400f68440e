"""Which accounts a path can use, found layer by layer in Neo4j; the paths themselves are then searched in the excerpt of those accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.excerpt import Excerpt
    from bakau_graph.neo4j.reader import Reader
    from bakau_graph.network.question import Filter

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PathWalk:
    """A walk between two accounts along fitting transfers; hubs are met and not passed, unless they are crossed."""

    reader: Reader
    question: Filter
    direction: Direction
    hub_degree: int
    cross_hubs: bool

    def relevant(self, start: int, goal: int, max_hops: int) -> tuple[Ints, int]:
        """Accounts that lie on some walk of at most `max_hops` between the ends (the ends included), and how many hubs were met on the way."""
        layers, hubs = self._outward(start, goal, max_hops - 1)
        found = [np.array([start, goal], np.int64)]
        frontier = np.array([goal], np.int64)
        seen = frontier
        for hop in range(1, max_hops):
            allowed = np.concatenate(layers[: max_hops - hop + 1])
            others, degree = self.reader.others(frontier, self._sides(towards=True), self.question)
            passes = np.isin(others, allowed) & ~np.isin(others, seen) & (others != start)
            passes &= self.cross_hubs | (degree < self.hub_degree)
            frontier = others[passes]
            if not len(frontier):
                break
            seen = np.concatenate([seen, frontier])
            found.append(frontier)
        return np.unique(np.concatenate(found)), hubs

    def excerpt(self, keys: Ints) -> Excerpt:
        """All transfers of the window among these accounts that fit or state no amount."""
        return cut_out(self.reader.accounts(keys.tolist()), self.reader.all(keys, Direction.OUT, self.question, keys))

    def _outward(self, start: int, goal: int, most: int) -> tuple[list[Ints], int]:
        """Accounts at 0, 1, 2 … `most` hops from the start, and how many of them are hubs (neither end counts)."""
        frontier = seen = np.array([start], np.int64)
        layers, hubs = [seen], 0
        for _ in range(most):
            others, degree = self.reader.others(frontier, self._sides(towards=False), self.question)
            fresh = ~np.isin(others, seen)
            others, degree = others[fresh], degree[fresh]
            walls = np.zeros(len(others), np.bool_) if self.cross_hubs else (degree >= self.hub_degree) & (others != goal)
            hubs += int(np.count_nonzero(walls))
            layers.append(others)
            seen = np.concatenate([seen, others])
            frontier = others[~walls & (others != goal)]
            if not len(frontier):
                break
        return layers, hubs

    def _sides(self, *, towards: bool) -> list[Direction]:
        if self.direction is Direction.BOTH:
            return [Direction.OUT, Direction.IN]
        if not towards:
            return [self.direction]
        return [Direction.IN if self.direction is Direction.OUT else Direction.OUT]
