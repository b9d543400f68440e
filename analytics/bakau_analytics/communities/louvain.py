"""Louvain on arrays, for machines without NetworKit: slower, no threads, the same every time.

Blondel and others (2008) with batched moves: in each sweep every node computes its best community at once, and a seeded random
half of those that gain move. A sweep that does not raise modularity is taken back and ends the level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_MOST_LEVELS, _MOST_SWEEPS, _PATIENCE = 20, 60, 5


def partition(matrix: sparse.csr_array, *, resolution: float, seed: int) -> Ints:
    """Labels of the nodes of a symmetric weight matrix (float64, zero diagonal), one per node, not in canonical order."""
    labels: Ints = np.arange(matrix.shape[0], dtype=np.int64)
    if not matrix.nnz:
        return labels
    random = np.random.default_rng(seed)
    level = matrix
    for _ in range(_MOST_LEVELS):
        found = _one_level(level, resolution, random)
        _, found = np.unique(found, return_inverse=True)
        found = found.astype(np.int64)
        labels = found[labels]
        if found.max() + 1 == level.shape[0]:
            break
        level = _aggregate(level, found)
    return labels


def _aggregate(matrix: sparse.csr_array, labels: Ints) -> sparse.csr_array:
    member = sparse.csr_array((np.ones(len(labels)), (np.arange(len(labels)), labels)))
    return sparse.csr_array(member.T @ matrix @ member)


def _one_level(matrix: sparse.csr_array, resolution: float, random: np.random.Generator) -> Ints:
    count = matrix.shape[0]
    strength: Floats = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    labels: Ints = np.arange(count, dtype=np.int64)
    best, best_value = labels, _modularity(matrix, labels, strength, resolution)
    idle = 0
    for _ in range(_MOST_SWEEPS):
        target, gain = _best_moves(matrix, labels, strength, resolution)
        willing = (gain > 1e-12) & (random.random(count) < 0.5)
        if not (gain > 1e-12).any():
            break
        labels = np.where(willing, target, labels)
        value = _modularity(matrix, labels, strength, resolution)
        if value > best_value + 1e-9:
            best, best_value, idle = labels, value, 0
        else:
            idle += 1
            if idle >= _PATIENCE:
                break
    return best


def _modularity(matrix: sparse.csr_array, labels: Ints, strength: Floats, resolution: float) -> float:
    total = strength.sum()
    rows = np.repeat(labels, np.diff(matrix.indptr))
    inside = matrix.data[rows == labels[matrix.indices]].sum()
    held = np.bincount(labels, strength)
    return float(inside / total - resolution * (held**2).sum() / total**2)


def _best_moves(matrix: sparse.csr_array, labels: Ints, strength: Floats, resolution: float) -> tuple[Ints, Floats]:
    """For each node the neighbouring community that gains most, and by how much more than staying (ties: the smallest label)."""
    count, total = matrix.shape[0], strength.sum()
    nodes = np.repeat(np.arange(count), np.diff(matrix.indptr))
    keep = nodes != matrix.indices
    code, place = np.unique(nodes[keep] * count + labels[matrix.indices[keep]], return_inverse=True)
    weight = np.bincount(place, matrix.data[keep], len(code))
    node, community = code // count, code % count
    held = np.bincount(labels, strength, count)
    own = community == labels[node]
    without = held[community] - np.where(own, strength[node], 0.0)
    value = weight - resolution * strength[node] * without / total
    stay = -resolution * strength * (held[labels] - strength) / total
    stay[node[own]] = value[own]
    order = np.lexsort((-community, value, node))
    last = np.flatnonzero(np.append(node[order][1:] != node[order][:-1], [True])) if len(order) else order
    target, gain = labels.copy(), np.zeros(count)
    chosen = order[last]
    target[node[chosen]] = community[chosen]
    gain[node[chosen]] = value[chosen] - stay[node[chosen]]
    return target, gain
