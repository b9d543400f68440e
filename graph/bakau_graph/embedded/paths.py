"""Simple paths between two accounts: shortest first, then in order of account ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.embedded.adjacency import places
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from bakau_graph.embedded.adjacency import Adjacency
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection

    Ints = npt.NDArray[np.int64]

#: Distance of nodes the search has not met.
_FAR = np.iinfo(np.int16).max


class PathBudgetError(Exception):
    """The search stepped on more accounts than it may; never leaves this package."""


@dataclass(slots=True)
class PathSearch:
    """A search from `start` to `goal`. `walls` are nodes never passed through. `steps` is what it may still step on."""

    generation: Generation
    selection: Selection
    direction: Direction
    walls: npt.NDArray[np.bool_]
    steps: int
    _next: dict[int, tuple[Ints, npt.NDArray[np.int16]]] = field(default_factory=dict)
    _to_goal: npt.NDArray[np.int16] = field(default_factory=lambda: np.empty(0, np.int16))

    def find(self, start: int, goal: int, max_hops: int) -> Iterator[tuple[int, ...]]:
        """Yield every path as its nodes, in order. Raises PathBudgetError when the steps are used up."""
        self._to_goal = self.distances(goal, max_hops, start, towards=True)
        self._next.clear()
        for hops in range(1, max_hops + 1):
            if self._to_goal[start] <= hops:
                yield from self._extend([start], goal, hops)

    def collect(self, start: int, goal: int, max_hops: int, limit: int, counted: int) -> tuple[list[tuple[int, ...]], int, bool]:
        """The first `limit` paths, how many more there are (counting stops past `counted`), and whether the steps sufficed."""
        found: list[tuple[int, ...]] = []
        more = 0
        try:
            for nodes in self.find(start, goal, max_hops):
                if len(found) < limit:
                    found.append(nodes)
                else:
                    more += 1
                if more > counted:
                    break
        except PathBudgetError:
            return found, more, False
        return found, more, True

    def count_walls(self, start: int, goal: int, max_hops: int) -> int:
        """How many walls lie within ``max_hops - 1`` of the start, walking around walls and not through the goal."""
        if max_hops == 1 or not self.walls.any():
            return 0
        met = self.distances(start, max_hops - 1, goal, towards=False) < _FAR
        return int(np.count_nonzero(met & self.walls))

    def distances(self, origin: int, most: int, other_end: int, *, towards: bool) -> npt.NDArray[np.int16]:
        """Hops from the origin (or to it: `towards`) of every node within `most`; walls and the other end are met, not passed."""
        distance = np.full(self.generation.account_count, _FAR, np.int16)
        distance[origin] = 0
        frontier = np.array([origin], np.int64)
        for hop in range(1, most + 1):
            found = np.unique(self._neighbours(frontier, towards=towards))
            found = found[distance[found] == _FAR]
            distance[found] = hop
            frontier = found[~self.walls[found] & (found != other_end)]
            if not len(frontier):
                break
        return distance

    def _extend(self, path: list[int], goal: int, hops: int) -> Iterator[tuple[int, ...]]:
        """Paths that continue `path` by exactly `hops`."""
        self.steps -= 1
        if self.steps < 0:
            raise PathBudgetError
        nodes, distance = self._onward(path[-1])
        if hops == 1:
            if goal in nodes:
                yield (*path, goal)
            return
        for node in nodes[distance < hops].tolist():
            if node != goal and node not in path and not self.walls[node]:
                yield from self._extend([*path, node], goal, hops - 1)

    def _onward(self, node: int) -> tuple[Ints, npt.NDArray[np.int16]]:
        """Next nodes of a node in order of id, with their distance to the goal; only those from which the goal was met."""
        if node not in self._next:
            nodes = np.unique(self._neighbours(np.array([node], np.int64), towards=False))
            nodes = nodes[self._to_goal[nodes] < _FAR]
            self._next[node] = (nodes, self._to_goal[nodes])
        return self._next[node]

    def _neighbours(self, frontier: Ints, *, towards: bool) -> Ints:
        """Other ends of fitting transfers of many nodes, with repeats."""
        return np.concatenate([_other_ends(self.generation, side, frontier, self.selection) for side in self._sides(towards=towards)])

    def _sides(self, *, towards: bool) -> list[Adjacency]:
        forward = [self.generation.outgoing] if self.direction.includes_out else []
        backward = [self.generation.incoming] if self.direction.includes_in else []
        if not towards or self.direction is Direction.BOTH:
            return forward + backward
        return [self.generation.incoming] if self.direction is Direction.OUT else [self.generation.outgoing]


def _other_ends(generation: Generation, adjacency: Adjacency, nodes: Ints, selection: Selection) -> Ints:
    begin, end = adjacency.spans(nodes, *selection.window)
    place, owner = places(begin, end)
    others = adjacency.node[place].astype(np.int64)
    if selection.takes_all:
        return others
    return others[selection.fits(generation, adjacency.edge[place] - nodes[owner] * adjacency.transfers)]
