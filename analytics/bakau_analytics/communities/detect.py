"""Find communities of a cut graph at several resolutions, the same every time.

NetworKit's parallel Louvain method with refinement (Staudt and Meyerhenke, 2016), run on one thread without parallel moves and
with a fixed seed: identical run to run. Modularity at one resolution merges small rings (Fortunato and Barthelemy, 2007), so there
are several. Without NetworKit the array version in `louvain` takes over behind the same function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from bakau_analytics.communities import louvain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakau_analytics.communities.cut import CutGraph

    Ints = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]

#: Resolution parameters of generalised modularity, coarse to fine (performance notes: gamma 20 recovers planted rings best).
RESOLUTIONS: tuple[int, ...] = (1, 5, 20)

#: A resolution is stable when this share of its accounts lies in nested communities, and this share of the links lies inside
#: communities (past that the graph falls to pieces). Defaults of ours.
NESTED_PPM, INSIDE_PPM = 900_000, 500_000
#: How many payments away a node's place looks; a default of ours.
SHAPE_ROUNDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Communities:
    """Community numbers of the nodes of a cut graph: `keys` sorted, `labels[resolution]` int64 aligned with them.

    Numbers count from 0 in the order of each community's smallest account key; every community is connected. `inside_ppm` says
    for each resolution which share of the weight of all links lies inside communities.
    """

    keys: Ints
    labels: dict[int, Ints]
    inside_ppm: dict[int, int]
    engine: str

    def of(self, account_keys: Ints, resolution: int) -> Ints:
        """Community of each account at that resolution, -1 where it has none (a hub, or no payment with another account)."""
        if not len(self.keys):
            return np.full(len(account_keys), -1, np.int64)
        spot = np.minimum(np.searchsorted(self.keys, account_keys), len(self.keys) - 1)
        return np.where(self.keys[spot] == account_keys, self.labels[resolution][spot], -1)

    def finest_stable(self) -> int:
        """The finest resolution that holds together (INSIDE_PPM of the links inside communities) and agrees with the next coarser
        one (NESTED_PPM of its accounts in communities of which nine tenths share one coarser community); else the coarsest.
        """
        ordered = sorted(self.labels)
        for fine, coarse in zip(reversed(ordered), list(reversed(ordered))[1:], strict=False):
            if self.inside_ppm[fine] >= INSIDE_PPM and nested_ppm(self.labels[fine], self.labels[coarse]) >= NESTED_PPM:
                return fine
        return ordered[0]


def detect(graph: CutGraph, *, resolutions: Sequence[int] = RESOLUTIONS, seed: int, engine: str | None = None) -> Communities:
    """Communities of `graph` at each resolution. `engine`: ``networkit``, ``arrays`` or None for the first one installed."""
    chosen = engine or ("networkit" if _has_networkit() else "arrays")
    partition = _networkit if chosen == "networkit" else _arrays
    place = place_by_shape(graph)
    raw = partition(_placed(graph, place), resolutions, seed)
    labels = {resolution: canonical(contiguous(graph, found[place])) for resolution, found in zip(resolutions, raw, strict=True)}
    inside = {resolution: inside_ppm(graph, found) for resolution, found in labels.items()}
    return Communities(graph.keys, labels, inside, chosen)


def place_by_shape(graph: CutGraph) -> Ints:
    """A place for each node that follows from the shape around it, so that what is found does not hang on account keys, which every
    workspace draws anew. Hashed colour refinement (Weisfeiler and Leman, 1968), SHAPE_ROUNDS steps far; nodes alike so far go by key.
    """
    ends, others = np.concatenate([graph.one, graph.other]), np.concatenate([graph.other, graph.one])
    by_node = np.argsort(ends, kind="stable")
    others, weights = others[by_node], np.concatenate([graph.weight, graph.weight])[by_node].astype(np.uint64)
    bounds = np.searchsorted(ends[by_node], np.arange(len(graph) + 1))
    colour = np.zeros(len(graph), np.uint64)
    total = np.zeros(len(ends) + 1, np.uint64)
    for _ in range(SHAPE_ROUNDS):
        np.cumsum(_mix(_mix(colour[others]) + weights), out=total[1:])
        colour = _mix(colour + total[bounds[1:]] - total[bounds[:-1]])
    place = np.empty(len(graph), np.int64)
    place[np.argsort(colour, kind="stable")] = np.arange(len(graph))
    return place


def _mix(values: Words) -> Words:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every bit of a word changes about half of the bits of its image."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _placed(graph: CutGraph, place: Ints) -> CutGraph:
    """The same graph with each node at its place; the keys are the places."""
    one, other = place[graph.one], place[graph.other]
    one, other = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((other, one))
    return replace(graph, keys=np.arange(len(graph)), one=one[order], other=other[order], weight=graph.weight[order])


def _has_networkit() -> bool:
    try:
        import networkit  # noqa: F401 - only asked for
    except ImportError:
        return False
    return True


def _networkit(graph: CutGraph, resolutions: Sequence[int], seed: int) -> list[Ints]:
    import networkit

    threads = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    try:
        weights = graph.weight.astype(np.float64)
        pairs = (weights, (graph.one.astype(np.uint64), graph.other.astype(np.uint64)))
        linked = networkit.GraphFromCoo(pairs, n=len(graph), weighted=True, directed=False)
        found = []
        for resolution in resolutions:
            networkit.setSeed(seed, useThreadId=False)
            method = networkit.community.PLM(linked, refine=True, gamma=float(resolution), par="none")
            method.run()
            found.append(np.asarray(method.getPartition().getVector(), dtype=np.int64))
        return found
    finally:
        networkit.setNumberOfThreads(threads)


def _arrays(graph: CutGraph, resolutions: Sequence[int], seed: int) -> list[Ints]:
    matrix = to_matrix(graph)
    return [louvain.partition(matrix, resolution=resolution, seed=seed) for resolution in resolutions]


def to_matrix(graph: CutGraph) -> sparse.csr_array:
    """The symmetric weight matrix of a cut graph."""
    ends = (np.concatenate([graph.one, graph.other]), np.concatenate([graph.other, graph.one]))
    weights = np.concatenate([graph.weight, graph.weight]).astype(np.float64)
    return sparse.coo_array((weights, ends), shape=(len(graph), len(graph))).tocsr()


def contiguous(graph: CutGraph, labels: Ints) -> Ints:
    """Split every community into its connected parts."""
    inside = labels[graph.one] == labels[graph.other]
    ends = (graph.one[inside], graph.other[inside])
    links = sparse.coo_array((np.ones(int(inside.sum()), np.int8), ends), shape=(len(graph), len(graph)))
    return np.asarray(csgraph.connected_components(links, directed=False)[1], dtype=np.int64)


def canonical(labels: Ints) -> Ints:
    """Number communities from 0 in the order in which they first appear (nodes are sorted by account key)."""
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]


def modularity(graph: CutGraph, labels: Ints, *, resolution: float = 1.0) -> float:
    """Generalised modularity of a partition (Reichardt and Bornholdt, 2006); 0 for a graph without pairs."""
    total = float(graph.weight.sum())
    if not total:
        return 0.0
    inside = float(graph.weight[labels[graph.one] == labels[graph.other]].sum())
    strength = np.bincount(graph.one, graph.weight, len(graph)) + np.bincount(graph.other, graph.weight, len(graph))
    held = np.bincount(labels, strength)
    return inside / total - resolution * float((held**2).sum()) / (4 * total**2)


def inside_ppm(graph: CutGraph, labels: Ints) -> int:
    """Share (ppm) of the weight of all links that lies inside communities; 0 without links."""
    total = int(graph.weight.sum())
    return int(graph.weight[labels[graph.one] == labels[graph.other]].sum()) * 1_000_000 // total if total else 0


def nested_ppm(fine: Ints, coarse: Ints) -> int:
    """Share (ppm) of nodes whose fine community has at least nine tenths of its nodes inside one coarse community."""
    if not len(fine):
        return 1_000_000
    pairs, count = np.unique(fine * (int(coarse.max()) + 1) + coarse, return_counts=True)
    largest = np.zeros(int(fine.max()) + 1, np.int64)
    np.maximum.at(largest, pairs // (int(coarse.max()) + 1), count)
    size = np.bincount(fine)
    nested = largest * 10 >= size * 9
    return int(size[nested].sum()) * 1_000_000 // len(fine)
