"""Where accounts stand on a chart: worked out here, the same for everybody who opens the same chart.

Stress majorisation (Gansner, Koren, North 2004): accounts stand as far from each other as there are links between them. What is on
the chart already stays where it is when an expansion brings more. Parts that are not joined stand side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Points = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

#: Rounds of the layout; more change nothing that can be seen.
ROUNDS = 40
#: Room between parts that are not joined, in lengths of a link.
GAP = 1.6
_SEED = 20_050_119


def place(count: int, links: Sequence[tuple[int, int]], entered: Sequence[int]) -> Points:
    """Coordinates of `count` accounts, in lengths of a link. `links` are pairs of places, `entered` the step that brought each account."""
    points = np.zeros((count, 2))
    step_of = np.asarray(entered, dtype=np.int64)
    pairs = np.array([pair for pair in links if pair[0] != pair[1]], dtype=np.int64).reshape(-1, 2)
    for step in np.unique(step_of):
        here = np.flatnonzero(step_of <= step)
        fixed = step_of[here] < step
        among = pairs[(step_of[pairs] <= step).all(axis=1)] if len(pairs) else pairs
        points[here] = _place_step(points[here], np.searchsorted(here, among), fixed)
    return points


def _place_step(points: Points, pairs: Ints, fixed: npt.NDArray[np.bool_]) -> Points:
    """Place what is not fixed, part by part; parts with nothing fixed are set beside what is there."""
    graph = _graph(len(points), pairs)
    parts, part_of = csgraph.connected_components(graph, directed=False)
    members = [np.flatnonzero(part_of == part) for part in range(parts)]
    placed, loose = points.copy(), []
    for spots in members:
        held = fixed[spots]
        if held.all():
            continue
        placed[spots] = _stress(graph[spots][:, spots], points[spots], held)
        if not held.any():
            loose.append(spots)
    loose.sort(key=lambda spots: (-len(spots), int(spots[0])))
    standing = np.flatnonzero(~np.isin(np.arange(len(points)), np.concatenate([np.empty(0, np.int64), *loose])))
    _pack(placed, loose, standing)
    return placed


def _graph(count: int, pairs: Ints) -> sparse.csr_array:
    ones = np.ones(len(pairs))
    one_way = sparse.csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return sparse.csr_array(one_way + one_way.T)


def _stress(graph: sparse.csr_array, points: Points, held: npt.NDArray[np.bool_]) -> Points:
    """Move what is not held until distances fit the number of links between (SMACOF: each round solves one linear system)."""
    count = len(points)
    if count == 1:
        return np.zeros((1, 2))
    far = csgraph.shortest_path(graph, directed=False, unweighted=True)
    np.fill_diagonal(far, 1.0)
    weight = far**-2.0
    np.fill_diagonal(weight, 0.0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    now = _begin(graph, points, held)
    free = np.flatnonzero(~held) if held.any() else np.arange(1, count)  # one account holds the picture in place
    rest = np.setdiff1d(np.arange(count), free)
    factor = cho_factor(laplacian[np.ix_(free, free)])
    inverse = weight * far
    for _ in range(ROUNDS):
        square = (now**2).sum(axis=1)
        length = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2.0 * (now @ now.T), 1e-9))
        pull = inverse / length
        wanted = pull.sum(axis=1)[free, None] * now[free] - pull[free] @ now
        moved = cho_solve(factor, wanted - laplacian[np.ix_(free, rest)] @ now[rest])
        shift = float(np.abs(moved - now[free]).max())
        now[free] = moved
        if shift < 0.01:
            break
    return now


def _begin(graph: sparse.csr_array, points: Points, held: npt.NDArray[np.bool_]) -> Points:
    """Where the rounds start: held accounts where they are, the others near a neighbour that is held, or on a ring."""
    count = len(points)
    angle = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sqrt(np.arange(1, count + 1))[:, None] * 0.6
    ring += np.random.default_rng(_SEED).normal(scale=0.01, size=ring.shape)
    if not held.any():
        return ring
    start = np.where(held[:, None], points, 0.0)
    near = graph[:, np.flatnonzero(held)]
    anchor = near.argmax(axis=1) if near.shape[1] else np.zeros(count, dtype=np.int64)
    base = points[np.flatnonzero(held)[np.asarray(anchor).ravel()]]
    outward = base - points[held].mean(axis=0)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    loose = base + outward * 1.2 + ring / np.maximum(np.linalg.norm(ring, axis=1, keepdims=True), 1e-6)
    return np.where(held[:, None], start, loose)


def _pack(points: Points, parts: list[Ints], standing: Ints) -> None:
    """Set parts that are not joined in rows to the right of what stands; in place."""
    if not parts:
        return
    if len(standing):
        left, top = points[standing, 0].max() + GAP, points[standing, 1].min()
        height = max(float(np.ptp(points[standing, 1])), 6.0)
    else:
        left, top = 0.0, 0.0
        height = max(float(np.ptp(points[parts[0], 1])), np.sqrt(sum(_area(points[spots]) for spots in parts)) * 0.75)
    x, y, width = left, top, 0.0
    for spots in parts:
        size = np.ptp(points[spots], axis=0)
        if y > top and y + size[1] > top + height:
            x, y, width = x + width + GAP, top, 0.0
        points[spots] += np.array([x, y]) - points[spots].min(axis=0)
        y += float(size[1]) + GAP
        width = max(width, float(size[0]))


def _area(points: Points) -> float:
    size = np.ptp(points, axis=0) + GAP
    return float(size[0] * size[1])
