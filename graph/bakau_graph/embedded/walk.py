"""The two inner loops of a subgraph, in NumPy: whom a frontier meets, and which transfers run among chosen accounts.

`walk_numba.py` holds the same two, compiled; both give the same answers (the contract suite runs on both).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bakau_graph.embedded.adjacency import places

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.adjacency import Adjacency
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection
    from bakau_graph.network.question import Direction

    Ints = npt.NDArray[np.int64]

#: Accounts of a frontier looked at before asking whether enough were met.
_CHUNK = 512
NO_STOP = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """What a walk may use: the newest `per_account` transfers of each account in the selection's window, in these directions."""

    generation: Generation
    selection: Selection
    direction: Direction
    per_account: int


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """What a walk has seen: `seen` accounts, and for each account met the newest transfer that led to it, plus one (0: not met)."""

    seen: npt.NDArray[np.bool_]
    newest: Ints

    @classmethod
    def nobody(cls, accounts: int) -> Met:
        """A walk that has not begun."""
        return cls(np.zeros(accounts, np.bool_), np.zeros(accounts, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Among:
    """Transfers among chosen accounts, ascending, and per account how many of its sent and received ones were not looked at."""

    edges: Ints
    sent_beyond: Ints
    received_beyond: Ints


class Walker(Protocol):
    """The two loops."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """Accounts met for the first time from `frontier`, in no order; at least `stop_after` of them when it stopped early.

        Marks them in `met`; `newest` is complete only when it did not stop.
        """

    def among(self, terrain: Terrain, nodes: Ints) -> Among:
        """Transfers both of whose ends are in `nodes` and that one of the two ends looks at; amounts are not looked at."""


class NumpyWalker:
    """The loops as whole-array operations."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """See Walker."""
        found: list[Ints] = [np.empty(0, np.int64)]
        total = 0
        step = len(frontier) or 1 if stop_after == NO_STOP else _CHUNK
        for at in range(0, len(frontier), step):
            fresh = self._meet(terrain, np.sort(frontier[at : at + step]), met)
            found.append(fresh)
            total += len(fresh)
            if total >= stop_after:
                break
        nodes = np.concatenate(found)
        met.seen[nodes] = True
        return nodes

    def _meet(self, terrain: Terrain, nodes: Ints, met: Met) -> Ints:
        """Newly met accounts; not yet marked as seen, so that later transfers of the same layer still count as newest."""
        generation, ends, edges = terrain.generation, [], []
        sides = ((generation.outgoing, terrain.direction.includes_out), (generation.incoming, terrain.direction.includes_in))
        for adjacency in (side for side, asked in sides if asked):
            place, edge, _ = _examined(adjacency, nodes, terrain)
            other = adjacency.node[place].astype(np.int64)
            use = ~met.seen[other]
            other, edge = other[use], edge[use]
            if not terrain.selection.takes_all:
                use = terrain.selection.fits(generation, edge)
                other, edge = other[use], edge[use]
            ends.append(other)
            edges.append(edge + 1)
        other, edge = np.concatenate(ends), np.concatenate(edges)
        unmet = other[met.newest[other] == 0]
        np.maximum.at(met.newest, other, edge)
        return np.unique(unmet)

    def among(self, terrain: Terrain, nodes: Ints) -> Among:
        """See Walker."""
        inside = np.zeros(terrain.generation.account_count, np.bool_)
        inside[nodes] = True
        found, beyond = [], []
        for adjacency in (terrain.generation.outgoing, terrain.generation.incoming):
            place, edge, left = _examined(adjacency, nodes, terrain)
            found.append(edge[inside[adjacency.node[place]]])
            beyond.append(left)
        return Among(np.unique(np.concatenate(found)), *beyond)


def _examined(adjacency: Adjacency, nodes: Ints, terrain: Terrain) -> tuple[Ints, Ints, Ints]:
    """Places and edges of the transfers looked at, and per node how many are not."""
    begin, end = adjacency.spans(nodes, *terrain.selection.window)
    start = np.maximum(begin, end - terrain.per_account)
    place, owner = places(start, end)
    return place, adjacency.edge[place] - nodes[owner] * adjacency.transfers, start - begin
