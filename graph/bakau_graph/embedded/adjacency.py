"""Who is next to whom: for every node its transfers in one direction, in order of edge number, which is order of time.

`edge` holds ``node * transfers + edge number``. So the whole array is sorted, a window of any node is two binary searches in it, and
one call of `searchsorted` finds the windows of many nodes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Nodes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """`ptr` (nodes + 1) cuts `edge` and `node` (one entry per transfer) into nodes; `node` is the other end."""

    ptr: Ints
    edge: Ints
    node: npt.NDArray[np.int32]
    transfers: int

    @classmethod
    def group(cls, own: Nodes, other: Nodes, nodes: int, *, first: int, transfers: int) -> Adjacency:
        """Group transfers by their `own` node: `own` and `other` are the ends of a run of them, the first with the edge number `first`."""
        counts = np.bincount(own, minlength=nodes)
        ptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        edge = np.sort(own * np.int64(transfers) + np.arange(first, first + len(own)))
        place = edge - np.repeat(np.arange(nodes) * transfers + first, counts)
        return cls(ptr, edge, other[place], transfers)

    def degree(self) -> Ints:
        """Transfers of every node in this direction."""
        return np.diff(self.ptr)

    def degree_of(self, node: int) -> int:
        """Transfers of one node in this direction."""
        return int(self.ptr[node + 1] - self.ptr[node])

    def span(self, node: int, window: tuple[int, int]) -> tuple[int, int]:
        """Where a node's transfers of a window of edge numbers lie: first place and the first after it."""
        begin, end = int(self.ptr[node]), int(self.ptr[node + 1])
        base = node * self.transfers
        own = self.edge[begin:end]
        return begin + int(np.searchsorted(own, base + window[0])), begin + int(np.searchsorted(own, base + window[1]))

    def spans(self, nodes: Ints, first: int | Ints, last: int) -> tuple[Ints, Ints]:
        """The same for many nodes; `first` may differ from node to node."""
        if isinstance(first, int) and (first, last) == (0, self.transfers):
            return self.ptr[nodes], self.ptr[nodes + 1]
        base = nodes * self.transfers
        return self.edge.searchsorted(base + first), self.edge.searchsorted(base + last)

    def edges_of(self, node: int, span: tuple[int, int]) -> Ints:
        """Edge numbers of a span of one node, ascending."""
        return self.edge[span[0] : span[1]] - node * self.transfers


def places(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """All places of many spans in a row, and for each the number of the span it belongs to."""
    counts = end - begin
    owner = np.repeat(np.arange(len(begin)), counts)
    offset = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
    return np.arange(len(owner)) + (begin - offset)[owner], owner
