"""One account's transfers: grouped by the other end, or listed against one other account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.sums import Sums, sum_by
from bakau_graph.network.answers import NEWEST_SHOWN, TRANSFERS, NeighbourRow
from bakau_graph.network.question import Direction, Order

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.adjacency import Adjacency
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """An account's fitting transfers of one direction, grouped by the other end.

    `edges` ascend within each group; group g has `other[g]`, and its edges lie from ``begin[g]`` to ``begin[g + 1]``.
    """

    direction: Direction
    other: Ints
    begin: Ints
    edges: Ints
    nulls: int
    not_examined: int

    @property
    def newest(self) -> Ints:
        """The newest edge of each group."""
        return self.edges[self.begin[1:] - 1]


def read_side(generation: Generation, node: int, direction: Direction, selection: Selection, *, examined: int | None) -> Side:
    """The transfers of one direction that fit, of the newest `examined` in the window (of all when None)."""
    adjacency: Adjacency = generation.outgoing if direction is Direction.OUT else generation.incoming
    first, last = adjacency.span(node, selection.window)
    begin = first if examined is None else max(first, last - examined)
    edges, other = adjacency.edges_of(node, (begin, last)), adjacency.node[begin:last].astype(np.int64)
    nulls = selection.count_nulls(generation, edges)
    if not selection.takes_all:
        fit = selection.fits(generation, edges)
        edges, other = edges[fit], other[fit]
    order = np.argsort(other, kind="stable")
    edges, other = edges[order], other[order]
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(other)), np.bool_), other[1:] != other[:-1])))
    return Side(direction, other[starts], np.append(starts, len(other)), edges, nulls, begin - first)


def rank(generation: Generation, sides: list[Side], order: Order, limit: int) -> list[tuple[Side, int]]:
    """The first `limit` groups over all sides: by newest transfer, or by sum; then by account id and direction."""
    side = np.repeat(np.arange(len(sides)), [len(each.other) for each in sides])
    group = np.concatenate([np.arange(len(each.other)) for each in sides])
    other = np.concatenate([each.other for each in sides])
    if order is Order.NEWEST:
        place = np.lexsort((side, other, -np.concatenate([each.newest for each in sides])))
    else:
        sums = [_sums(generation, each, np.arange(len(each.other))) for each in sides]
        low, high = (np.concatenate([getattr(each, half) for each in sums]) for half in ("low", "high"))
        place = np.lexsort((side, other, -low, -high))
    return [(sides[int(side[at])], int(group[at])) for at in place[:limit]]


def _sums(generation: Generation, side: Side, groups: Ints) -> Sums:
    """Sums of some groups of a side; `group` of the result counts along `groups`."""
    counts = side.begin[groups + 1] - side.begin[groups]
    label = np.repeat(np.arange(len(groups)), counts)
    inside = np.arange(len(label)) - np.repeat(np.cumsum(counts) - counts, counts)
    return sum_by(generation, label, side.edges[side.begin[groups][label] + inside])


def neighbour_rows(generation: Generation, ranked: list[tuple[Side, int]], hubs: npt.NDArray[np.bool_]) -> tuple[NeighbourRow, ...]:
    """The rows of ranked groups, in their order; `hubs` says which nodes are hubs."""
    rows: dict[tuple[Direction, int], NeighbourRow] = {}
    for side in {each.direction: each for each, _ in ranked}.values():
        groups = np.array([group for each, group in ranked if each is side], np.int64)
        sums = _sums(generation, side, groups)
        bounds = np.searchsorted(sums.group, np.arange(len(groups) + 1))
        ids = generation.account_column("account_id").take(pa.array(side.other[groups])).to_pylist()
        keys = generation.account_column("account_key").take(pa.array(side.other[groups])).to_pylist()
        for at, group in enumerate(groups.tolist()):
            edges = side.edges[side.begin[group] : side.begin[group + 1]]
            rows[side.direction, group] = NeighbourRow(
                account_key=keys[at],
                account_id=ids[at],
                direction=side.direction,
                transfers=len(edges),
                sums=tuple(sums.row(place, generation.currencies) for place in range(int(bounds[at]), int(bounds[at + 1]))),
                first_us=int(generation.ts[edges[0]]),
                last_us=int(generation.ts[edges[-1]]),
                newest=tuple(generation.transfer_id[edge].tobytes() for edge in edges[: -NEWEST_SHOWN - 1 : -1]),
                is_hub=bool(hubs[side.other[group]]),
            )
    return tuple(rows[side.direction, group] for side, group in ranked)


def edges_between(generation: Generation, source: int, target: int, window: tuple[int, int]) -> Ints:
    """Transfers from one node to another, ascending; reads the smaller of the two nodes' lists."""
    outgoing, incoming = generation.outgoing, generation.incoming
    near, far = outgoing.span(source, window), incoming.span(target, window)
    if near[1] - near[0] <= far[1] - far[0]:
        edges, wanted = outgoing.edges_of(source, near), outgoing.node[near[0] : near[1]] == target
    else:
        edges, wanted = incoming.edges_of(target, far), incoming.node[far[0] : far[1]] == source
    found: Ints = edges[wanted]
    return found


def order_edges(generation: Generation, edges: Ints, order: Order) -> Ints:
    """Ascending edges in the order asked for: newest first, or largest first (those without amount last), then newest first."""
    newest = edges[::-1]
    if order is Order.NEWEST:
        return newest
    amount = generation.amount[newest]
    # complement instead of minus: it turns the order round without leaving 64 bits
    return newest[np.argsort(~amount, kind="stable")]


def transfer_rows(generation: Generation, edges: Ints) -> pa.Table:
    """Transfers as a table of schema TRANSFERS, in the order of `edges`."""
    src, dst = pa.array(generation.src[edges]), pa.array(generation.dst[edges])
    keys, ids = generation.account_column("account_key"), generation.account_column("account_id")
    amount = generation.amount[edges]
    raw = generation.transfer_id[edges].tobytes()
    return pa.table(
        {
            "transfer_id": pa.FixedSizeBinaryArray.from_buffers(TRANSFERS.field("transfer_id").type, len(edges), [None, pa.py_buffer(raw)]),
            "src_key": keys.take(src),
            "src_id": ids.take(src),
            "dst_key": keys.take(dst),
            "dst_id": ids.take(dst),
            "ts_us": generation.ts[edges],
            "time_known": generation.timed[edges],
            "amount_minor": pa.array(amount, mask=amount == NO_AMOUNT),
            "currency": pa.array(generation.currencies, pa.string()).take(pa.array(generation.currency[edges])),
        },
        TRANSFERS,
    )
