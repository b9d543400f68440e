"""Find communities of a cut graph at several resolutions, the same every time.

NetworKit's parallel Louvain method with refinement (Staudt and Meyerhenke, 2016), run on one thread without parallel moves and
with a fixed seed: identical run to run. Modularity at one resolution merges small rings (Fortunato and Barthelemy, 2007), so there
are several. Without NetworKit the array version in `louvain` takes over behind the same function.
"""

from __future__ import annotations

from dataclasses import dataclass
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

#: Resolution parameters of generalised modularity, coarse to fine (performance notes: gamma 20 recovers planted rings best).
RESOLUTIONS: tuple[int, ...] = (1, 5, 20)

#: A resolution is stable when this share of its accounts lies in nested communities, and this share of the links lies inside
#: communities (past that the graph falls to pieces). Defaults of ours.
NESTED_PPM, INSIDE_PPM = 900_000, 500_000


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
    raw = partition(graph, resolutions, seed)
    labels = {resolution: canonical(contiguous(graph, found)) for resolution, found in zip(resolutions, raw, strict=True)}
    inside = {resolution: inside_ppm(graph, found) for resolution, found in labels.items()}
    return Communities(graph.keys, labels, inside, chosen)


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
