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
#: Up to how many transfers an account's list is read whole; a default of ours, measured.
_FEW = 64
NO_STOP = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Busy:
    """Which accounts have more transfers than are looked at, per direction; known once per network."""

    sent: npt.NDArray[np.bool_]
    received: npt.NDArray[np.bool_]

    @classmethod
    def find(cls, generation: Generation, per_account: int) -> Busy:
        """The busy accounts of a generation."""
        return cls(generation.outgoing.degree() > per_account, generation.incoming.degree() > per_account)


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """What a walk may use: the newest `per_account` transfers of each account in the selection's window, in these directions."""

    generation: Generation
    selection: Selection
    direction: Direction
    per_account: int
    busy: Busy


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """What a walk has seen: `seen` accounts, and for each account met the newest transfer that led to it, plus one (0: not met).

    `scratch` has room for every account, and nothing to keep.
    """

    seen: npt.NDArray[np.bool_]
    newest: Ints
    scratch: Ints

    @classmethod
    def nobody(cls, accounts: int) -> Met:
        """A walk that has not begun."""
        return cls(np.zeros(accounts, np.bool_), np.zeros(accounts, np.int64), np.empty(accounts, np.int64))

    def forget(self, nodes: Ints) -> None:
        """Clear what is known of these, so that the next walk can use the same memory: touching it anew costs more than clearing."""
        self.seen[nodes] = False
        self.newest[nodes] = 0


@dataclass(frozen=True, slots=True, eq=False)
class Among:
    """Transfers among chosen accounts, older ones of each pair first, and the places of both ends among those accounts.

    `sent_beyond`, `received_beyond`: per account how many of its transfers were not looked at.
    """

    edges: Ints
    src: Ints
    dst: Ints
    sent_beyond: Ints
    received_beyond: Ints


class Walker(Protocol):
    """The two loops."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """Accounts met for the first time from `frontier`, in no order; at least `stop_after` of them when it stopped early.

        Marks them in `met`; `newest` is filled only when it may not stop (NO_STOP).
        """

    def inside(self, terrain: Terrain, adjacency: Adjacency, nodes: Ints, chosen: Ints) -> tuple[Ints, Ints, Ints]:
        """Transfers looked at from `nodes` on one side whose other end is one of `chosen`: edge, own end, other end.

        Account by account, ascending for each; amounts are not looked at.
        """


class NumpyWalker:
    """The loops as whole-array operations."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """See Walker."""
        found: list[Ints] = [np.empty(0, np.int64)]
        total = 0
        step = len(frontier) or 1 if stop_after == NO_STOP else _CHUNK
        for at in range(0, len(frontier), step):
            fresh = self._meet(terrain, frontier[at : at + step], met)
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

    def inside(self, terrain: Terrain, adjacency: Adjacency, nodes: Ints, chosen: Ints) -> tuple[Ints, Ints, Ints]:
        """See Walker."""
        place, edge, own = _examined(adjacency, nodes, terrain)
        other = adjacency.node[place].astype(np.int64)
        is_chosen = np.zeros(terrain.generation.account_count, np.bool_)
        is_chosen[chosen] = True
        use = is_chosen[other]
        return edge[use], own[use], other[use]


def find_among(walker: Walker, terrain: Terrain, nodes: Ints, met: Met) -> Among:
    """Transfers both of whose ends are among `nodes` and that one of the two ends looks at. `met` is of nobody, before and after.

    Senders show all of theirs, except those who sent more than is looked at: receivers are asked for the rest.
    """
    outgoing, incoming = terrain.generation.outgoing, terrain.generation.incoming
    sent_beyond = _beyond(outgoing, terrain.busy.sent, nodes, terrain)
    received_beyond = _beyond(incoming, terrain.busy.received, nodes, terrain)
    edges, src, dst = walker.inside(terrain, outgoing, nodes, nodes)
    cut = nodes[sent_beyond > 0]
    if len(cut):
        _, end = outgoing.spans(cut, *terrain.selection.window)
        met.newest[cut] = outgoing.edge[end - terrain.per_account] - cut * outgoing.transfers
        older, payee, payer = walker.inside(terrain, incoming, nodes, cut)
        unseen = older < met.newest[payer]
        edges, src, dst = (np.concatenate([more[unseen], some]) for more, some in ((older, edges), (payer, src), (payee, dst)))
    met.newest[nodes] = np.arange(len(nodes))
    among = Among(edges, met.newest[src], met.newest[dst], sent_beyond, received_beyond)
    met.forget(nodes)
    return among


def _examined(adjacency: Adjacency, nodes: Ints, terrain: Terrain) -> tuple[Ints, Ints, Ints]:
    """Places, edges and own ends of the transfers looked at.

    All transfers of an account with few are read and those outside the window dropped, which is faster than searching for it.
    """
    window = terrain.selection.window
    begin, end = adjacency.ptr[nodes], adjacency.ptr[nodes + 1]
    many = np.flatnonzero(end - begin > min(_FEW, terrain.per_account))
    begin[many], end[many] = adjacency.spans(nodes[many], *window)
    begin[many] = np.maximum(begin[many], end[many] - terrain.per_account)
    place, owner = places(begin, end)
    own = nodes[owner]
    edge = adjacency.edge[place] - own * adjacency.transfers
    if window == (0, adjacency.transfers):
        return place, edge, own
    use = (edge >= window[0]) & (edge < window[1])
    return place[use], edge[use], own[use]


def _beyond(adjacency: Adjacency, busy: npt.NDArray[np.bool_], nodes: Ints, terrain: Terrain) -> Ints:
    """How many transfers of the window are not looked at, per account."""
    beyond = np.zeros(len(nodes), np.int64)
    many = np.flatnonzero(busy[nodes])
    if not len(many):
        return beyond
    begin, end = adjacency.spans(nodes[many], *terrain.selection.window)
    beyond[many] = np.maximum(0, end - begin - terrain.per_account)
    return beyond
