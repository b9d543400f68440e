"""The two inner loops of a subgraph, in NumPy: whom a frontier meets, and which transfers run among chosen accounts.

`walk_numba.py` holds the same two, compiled; both give the same answers (the contract suite runs on both).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bakau_graph.embedded.adjacency import Adjacency
from bakau_graph.embedded.sums import sum_by

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection
    from bakau_graph.embedded.sums import Sums
    from bakau_graph.network.question import Direction

    Ints = npt.NDArray[np.int64]

#: Accounts of a frontier looked at before asking whether enough were met.
_CHUNK = 512
#: Up to how many transfers an account's list is read whole; a default of ours, measured.
_FEW = 64
NO_STOP = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Lists of transfers to walk in, those of some window or all of them; and who received more of them than are looked at."""

    outgoing: Adjacency
    incoming: Adjacency
    is_busy: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, outgoing: Adjacency, incoming: Adjacency, per_account: int) -> Ground:
        """The ground of these lists."""
        return cls(outgoing, incoming, incoming.degree() > per_account)

    @classmethod
    def narrow(cls, generation: Generation, window: tuple[int, int], per_account: int) -> Ground:
        """The lists of a window alone: some milliseconds to make, then every walk in it reads a fraction of the memory."""
        src, dst = generation.src[slice(*window)], generation.dst[slice(*window)]
        size = {"first": window[0], "transfers": generation.transfer_count}
        nodes = generation.account_count
        return cls.of(Adjacency.group(src, dst, nodes, **size), Adjacency.group(dst, src, nodes, **size), per_account)


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """What a walk may use: of each account the newest `per_account` transfers of the `window` of edge numbers, in these directions.

    The lists of the ground may hold more than the window, and more than the selection takes.
    """

    generation: Generation
    ground: Ground
    window: tuple[int, int]
    selection: Selection
    direction: Direction
    per_account: int


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


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """Transfers found, account by account and ascending for each: `edges`, the account they were looked at from (`own`), the `other` end.

    `cut` are accounts with more transfers in the window than are looked at, `beyond` how many more each has.
    """

    edges: Ints
    own: Ints
    other: Ints
    cut: Ints
    beyond: Ints


class Walker(Protocol):
    """The loops."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """Accounts met for the first time from `frontier`, in no order; at least `stop_after` of them when it stopped early.

        Marks them in `met`; `newest` is filled only when it may not stop (NO_STOP).
        """

    def inside(self, terrain: Terrain, adjacency: Adjacency, nodes: Ints, chosen: Ints) -> Inside:
        """Transfers looked at from `nodes` on one side whose other end is one of `chosen`; amounts are not looked at."""

    def sum_by(self, generation: Generation, group: Ints, edges: Ints) -> Sums:
        """See `sums.sum_by`."""


class NumpyWalker:
    """The loops as whole-array operations. Accounts are taken in order of node: neighbours in memory."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """See Walker."""
        found: list[Ints] = [np.empty(0, np.int64)]
        total, nodes = 0, np.sort(frontier)
        step = len(nodes) or 1 if stop_after == NO_STOP else _CHUNK
        for at in range(0, len(nodes), step):
            fresh = self._meet(terrain, nodes[at : at + step], met, ranked=stop_after == NO_STOP)
            met.seen[fresh] = True
            found.append(fresh)
            total += len(fresh)
            if total >= stop_after:
                break
        return np.concatenate(found)

    def _meet(self, terrain: Terrain, nodes: Ints, met: Met, *, ranked: bool) -> Ints:
        """Accounts not seen before, each once; not yet marked as seen, so that a layer's later transfers still count as newest."""
        generation, ends, edges = terrain.generation, [], []
        sides = ((terrain.ground.outgoing, terrain.direction.includes_out), (terrain.ground.incoming, terrain.direction.includes_in))
        for adjacency in (side for side, asked in sides if asked):
            looked = _examined(adjacency, nodes, terrain)
            other, edge = adjacency.node[looked.place], looked.edge
            use = ~met.seen[other]
            other, edge = other[use], edge[use]
            if not terrain.selection.takes_all:
                use = terrain.selection.fits(generation, edge)
                other, edge = other[use], edge[use]
            ends.append(other.astype(np.int64))
            edges.append(edge)
        other = np.concatenate(ends)
        if ranked:
            np.maximum.at(met.newest, other, np.concatenate(edges) + 1)
        turn = np.arange(len(other))
        met.scratch[other] = turn  # one of an account's transfers wins, so that it is named once: faster than to sort them
        once: Ints = other[met.scratch[other] == turn]
        return once

    def inside(self, terrain: Terrain, adjacency: Adjacency, nodes: Ints, chosen: Ints) -> Inside:
        """See Walker."""
        looked = _examined(adjacency, np.sort(nodes), terrain)
        other = adjacency.node[looked.place]
        is_chosen = np.zeros(terrain.generation.account_count, np.bool_)
        is_chosen[chosen] = True
        use = np.flatnonzero(is_chosen[other])
        return Inside(looked.edge[use], looked.own_at(use), other[use].astype(np.int64), looked.cut, looked.beyond)

    def sum_by(self, generation: Generation, group: Ints, edges: Ints) -> Sums:
        """See Walker."""
        return sum_by(generation, group, edges)


def find_among(walker: Walker, terrain: Terrain, nodes: Ints, met: Met) -> Among:
    """Transfers both of whose ends are among `nodes` and that one of the two ends looks at. `met` is of nobody, before and after.

    Senders show all of theirs, except those who sent more than is looked at: receivers are asked for the rest.
    """
    outgoing, incoming = terrain.ground.outgoing, terrain.ground.incoming
    sent = walker.inside(terrain, outgoing, nodes, nodes)
    edges, src, dst = sent.edges, sent.own, sent.other
    if len(sent.cut):
        _, end = outgoing.spans(sent.cut, *terrain.window)
        met.newest[sent.cut] = outgoing.edge[end - terrain.per_account] - sent.cut * outgoing.transfers
        got = walker.inside(terrain, incoming, nodes, sent.cut)
        unseen = got.edges < met.newest[got.other]
        edges, src, dst = (np.concatenate([more[unseen], some]) for more, some in ((got.edges, edges), (got.other, src), (got.own, dst)))
    met.newest[nodes] = np.arange(len(nodes))
    sent_beyond = np.zeros(len(nodes), np.int64)
    sent_beyond[met.newest[sent.cut]] = sent.beyond
    among = Among(edges, met.newest[src], met.newest[dst], sent_beyond, _beyond(incoming, terrain.ground.is_busy, nodes, terrain))
    met.forget(nodes)
    return among


@dataclass(frozen=True, slots=True, eq=False)
class _Examined:
    """Transfers looked at, account by account: their places and edges. `first` is where each account's lie in `every`, of which `use` are
    in the window (None: all of them).
    """

    place: Ints
    edge: Ints
    nodes: Ints
    counts: Ints
    use: Ints | None
    cut: Ints
    beyond: Ints

    def own_at(self, spots: Ints) -> Ints:
        """The accounts these transfers were looked at from."""
        return np.repeat(self.nodes, self.counts)[spots if self.use is None else self.use[spots]]


def _examined(adjacency: Adjacency, nodes: Ints, terrain: Terrain) -> _Examined:
    """The transfers looked at from these accounts.

    All transfers of an account with few are read and those outside the window dropped, which is faster than searching for it.
    """
    window = terrain.window
    is_whole = window == (0, adjacency.transfers)
    begin, end = adjacency.ptr[nodes], adjacency.ptr[nodes + 1]
    many = np.flatnonzero(end - begin > (terrain.per_account if is_whole else min(_FEW, terrain.per_account)))
    cut = beyond = np.empty(0, np.int64)
    if len(many):
        first, last = adjacency.spans(nodes[many], *window)
        more = last - first - terrain.per_account
        begin[many], end[many] = first + np.maximum(0, more), last
        cut, beyond = nodes[many[more > 0]], more[more > 0]
    counts = end - begin
    offset = np.cumsum(counts)
    total = int(offset[-1]) if len(offset) else 0
    place = np.arange(total) + np.repeat(begin - offset + counts, counts)
    edge = adjacency.edge[place] - np.repeat(nodes * adjacency.transfers, counts)
    if is_whole:
        return _Examined(place, edge, nodes, counts, None, cut, beyond)
    use = np.flatnonzero((edge >= window[0]) & (edge < window[1]))
    return _Examined(place[use], edge[use], nodes, counts, use, cut, beyond)


def _beyond(adjacency: Adjacency, busy: npt.NDArray[np.bool_], nodes: Ints, terrain: Terrain) -> Ints:
    """How many transfers of the window are not looked at, per account."""
    beyond = np.zeros(len(nodes), np.int64)
    many = np.flatnonzero(busy[nodes])
    if not len(many):
        return beyond
    begin, end = adjacency.spans(nodes[many], *terrain.window)
    beyond[many] = np.maximum(0, end - begin - terrain.per_account)
    return beyond
