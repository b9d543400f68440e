"""The time-respecting path with the earliest arrival (Wu et al., "Path Problems in Temporal Graphs", PVLDB 7(9), 2014), exact.

A transfer happens at one instant of ``[ts, ts + width)``: width is 1 µs when the time is known, 24 h when only the date is. Money that
is at the payer at T can use it when some instant of it is no earlier than T (later than T with `strict`), and is then at the payee at
the earliest such instant. Arriving earlier never hurts, so earliest arrivals per number of hops are exact (`_forward`). Among all
paths with that arrival and the fewest hops the first in order of (account id, ts, transfer id), hop by hop, is chosen; the
latest instant at which each account can still make it (`_backward`) tells which first steps lead there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US
from bakau_graph.embedded.adjacency import places

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.adjacency import Adjacency
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection

    Ints = npt.NDArray[np.int64]

#: Before and after every instant, far enough from the ends of int64 to add a day.
NEVER_BEFORE, NEVER_AFTER = -(2**62), 2**62


@dataclass(frozen=True, slots=True, eq=False)
class TimedPath:
    """Edges of the path in order, the instant of each, and how many walls money could have reached by then."""

    edges: tuple[int, ...]
    instants: tuple[int, ...]
    walls_met: int


@dataclass(frozen=True, slots=True, eq=False)
class TimedSearch:
    """A search among the selected transfers; `walls` are nodes never passed through; `gap` is 1 µs when strict, else 0."""

    generation: Generation
    selection: Selection
    walls: npt.NDArray[np.bool_]
    gap: int

    def find(self, start: int, goal: int, max_hops: int) -> TimedPath:
        """The path, or no edges when there is none."""
        arrivals = self._forward(start, goal, max_hops)
        final = arrivals[-1]
        best = int(final[goal])
        within = arrivals[max_hops - 1] if max_hops < len(arrivals) else final
        walls_met = int(np.count_nonzero(self.walls & (within <= min(best, NEVER_AFTER - 1))))
        if best == NEVER_AFTER:
            return TimedPath((), (), walls_met)
        hops = next(number for number, arrival in enumerate(arrivals) if arrival[goal] == best)
        edges, instants = self._choose(start, self._backward(start, goal, best, hops))
        return TimedPath(edges, instants, walls_met)

    def _forward(self, start: int, goal: int, max_hops: int) -> list[Ints]:
        """Earliest arrival at every node with at most 0, 1, 2 … hops; stops when nothing improves."""
        arrival = np.full(self.generation.account_count, NEVER_AFTER, np.int64)
        arrival[start] = NEVER_BEFORE
        layers = [arrival]
        frontier = np.array([start], np.int64)
        for _ in range(max_hops):
            _, node, instant = self._usable(frontier, arrival[frontier])
            useful = (instant < arrival[node]) & (instant <= arrival[goal])
            node, instant = node[useful], instant[useful]
            if not len(node):
                break
            arrival = arrival.copy()
            np.minimum.at(arrival, node, instant)
            layers.append(arrival)
            changed = np.unique(node)
            frontier = changed[~self.walls[changed] & (changed != goal)]
        return layers

    def _usable(self, nodes: Ints, at: Ints) -> tuple[Ints, Ints, Ints]:
        """Transfers that money at `nodes` at instants `at` can use: edge, payee, instant of arrival."""
        adjacency = self.generation.outgoing
        earliest = np.maximum(np.searchsorted(self.generation.ts, at - DAY_US), self.selection.window[0])
        begin, end = adjacency.spans(nodes, np.minimum(earliest, self.selection.window[1]), self.selection.window[1])
        place, owner = places(begin, end)
        edge = adjacency.edge[place] - nodes[owner] * adjacency.transfers
        ready = np.where(at[owner] == NEVER_BEFORE, NEVER_BEFORE, at[owner] + self.gap)
        use = self.selection.fits(self.generation, edge) & (self._last_instant(edge) >= ready)
        edge = edge[use]
        return edge, adjacency.node[place[use]].astype(np.int64), np.maximum(ready[use], self.generation.ts[edge])

    def _last_instant(self, edge: Ints) -> Ints:
        """The last instant at which a transfer can have happened."""
        return self.generation.ts[edge] + np.where(self.generation.timed[edge], 0, DAY_US - 1)

    def _backward(self, start: int, goal: int, best: int, hops: int) -> list[Ints]:
        """Latest instant of being at each node so that exactly 0, 1, 2 … hops lead to the goal by `best`."""
        layers = [np.full(self.generation.account_count, NEVER_BEFORE, np.int64)]
        layers[0][goal] = best
        nodes = np.array([goal], np.int64)
        adjacency: Adjacency = self.generation.incoming
        for _ in range(hops - 1):
            latest = layers[-1]
            begin, end = adjacency.spans(nodes, *self.selection.window)
            place, owner = places(begin, end)
            edge = adjacency.edge[place] - nodes[owner] * adjacency.transfers
            payer = adjacency.node[place].astype(np.int64)
            limit = latest[nodes[owner]]
            use = self.selection.fits(self.generation, edge) & (self.generation.ts[edge] <= limit) & ~self.walls[payer] & (payer != start)
            edge, payer, limit = edge[use], payer[use], limit[use]
            layer = np.full(self.generation.account_count, NEVER_BEFORE, np.int64)
            np.maximum.at(layer, payer, np.minimum(self._last_instant(edge), limit) - self.gap)
            layers.append(layer)
            nodes = np.unique(payer)
        return layers

    def _choose(self, start: int, latest: list[Ints]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Walk forward, at each step to the first account, by its first transfer, from which the rest can still be done."""
        node, at = start, NEVER_BEFORE
        edges, instants = [], []
        for remaining in reversed(latest):
            edge, payee, instant = self._usable(np.array([node], np.int64), np.array([at], np.int64))
            good = np.flatnonzero(instant <= remaining[payee])
            pick = good[np.lexsort((edge[good], payee[good]))[0]]
            node, at = int(payee[pick]), int(instant[pick])
            edges.append(int(edge[pick]))
            instants.append(at)
        return tuple(edges), tuple(instants)
