"""Where each account stands: components laid out apart and packed, money from left to right. The same chart gives the same places.

Physics in the browser takes minutes and ends differently each time. Within a component distances follow the links (Kamada and Kawai,
1989; Fruchterman and Reingold, 1991, where it is large); then it is turned so that payers stand on the left, and accounts that overlap
are moved apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

#: Free room around an account, across and down, in units of the picture; labels stand below.
ROOM = (190.0, 120.0)
#: Distance between two linked accounts, before overlaps are solved.
STEP = 230.0
#: Beyond this a component is laid out by forces, which is faster.
_LARGE = 120
#: Wished ratio of width to height of the whole.
_SHAPE = 1.6


def place(count: int, links: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Whole-number places of `count` accounts, given links (from, to, transfers) by their numbers."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(sorted({(min(a, b), max(a, b)) for a, b, _ in links if a != b}))
    components = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    laid = [_turn(_lay_out(graph.subgraph(part), part), part, links) for part in components]
    spots = np.zeros((count, 2))
    for part, corner, points in zip(components, _pack(laid), laid, strict=True):
        spots[part] = points + corner
    if count:
        spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    return [(round(x), round(y)) for x, y in spots.tolist()]


def _lay_out(graph: nx.Graph, part: list[int]) -> Points:
    """Places of one component's accounts in their order, about STEP apart."""
    import networkx as nx

    if len(part) == 1:
        return np.zeros((1, 2))
    ordered = nx.Graph()
    ordered.add_nodes_from(part)
    ordered.add_edges_from(sorted(tuple(sorted(edge)) for edge in graph.edges))
    circle = nx.circular_layout(ordered)
    if len(part) <= _LARGE:
        found = nx.kamada_kawai_layout(ordered, pos=circle)
    else:
        found = nx.spring_layout(ordered, pos=circle, iterations=120, seed=1)
    points = np.array([found[one] for one in part])
    spot = {one: number for number, one in enumerate(part)}
    lengths = [float(np.hypot(*(points[spot[a]] - points[spot[b]]))) for a, b in ordered.edges]
    scale = STEP / max(float(np.median(lengths)), 1e-9)
    scaled: Points = points * scale
    return scaled


def _turn(points: Points, part: list[int], links: Sequence[tuple[int, int, int]]) -> Points:
    """The component turned so that on the whole money runs to the right, then moved apart and put into its own corner."""
    spot = {one: number for number, one in enumerate(part)}
    flow = np.zeros(2)
    for src, dst, transfers in links:
        if src in spot and dst in spot and src != dst:
            way = points[spot[dst]] - points[spot[src]]
            flow += way / max(float(np.hypot(*way)), 1e-9) * np.log1p(transfers)
    if len(part) > 2 and float(np.hypot(*flow)) > 1e-6:
        x, y = flow / np.hypot(*flow)
        points = points @ np.array([[x, -y], [y, x]])
    elif len(part) == 2:
        width = STEP if flow[0] >= 0 else -STEP
        points = np.array([[0.0, 0.0], [width, 0.0]])
    parted: Points = _part(np.round(points, 3))
    corner: Points = np.min(parted, axis=0)
    return np.subtract(parted, corner)


def _part(points: Points, *, rounds: int = 80) -> Points:
    """Pairs that stand in each other's room moved apart along the shorter way, a few rounds."""
    room = np.array(ROOM)
    points = points + np.arange(len(points))[:, None] * 1e-3
    for _ in range(rounds):
        gap = points[:, None, :] - points[None, :, :]
        lacking = room - np.abs(gap)
        np.einsum("iij->ij", lacking)[:] = 0
        clash = (lacking[:, :, 0] > 1e-2) & (lacking[:, :, 1] > 1e-2)
        if not clash.any():
            break
        down = lacking[:, :, 1] * room[0] / room[1] < lacking[:, :, 0]
        push = np.where(np.stack([~down, down], axis=2) & clash[:, :, None], np.sign(gap) * lacking, 0.0)
        points = points + push.sum(axis=1) * 0.35
    return points


def _pack(laid: Sequence[Points]) -> list[tuple[float, float]]:
    """The upper left corner of each component: rows from left to right, largest first."""
    sizes = [tuple(points.max(axis=0) + np.array(ROOM)) for points in laid]
    area = sum(width * height for width, height in sizes)
    wide = max([float(np.sqrt(area * _SHAPE)), *(width for width, _ in sizes)], default=0.0)
    corners: list[tuple[float, float]] = []
    x = y = tallest = 0.0
    for width, height in sizes:
        if x and x + width > wide:
            x, y, tallest = 0.0, y + tallest, 0.0
        corners.append((x, y))
        x, tallest = x + width, max(tallest, height)
    return corners
