"""The loops of `walk.py`, compiled with numba (extra ``speed``). Imported only when a subgraph is asked for and numba is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.selection import ANY
from bakau_graph.embedded.sums import Sums, stable_order
from bakau_graph.embedded.walk import NO_STOP, Inside

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.adjacency import Adjacency
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.walk import Met, Terrain

    Ints = npt.NDArray[np.int64]

#: How many accounts are touched ahead.
_AHEAD = 16
#: Spans up to this length are read from the end, longer ones halved.
_SHORT = 24
_ANY, _NO_AMOUNT, _LOW = ANY, int(NO_AMOUNT), (1 << 32) - 1


@compiled
def _first_from(edge: Ints, low: int, high: int, target: int) -> int:  # pragma: no cover  (compiled)
    """First place in a span whose entry is at least the target, looked for from the end; long spans are halved first."""
    while high - low > _SHORT:
        middle = (low + high) >> 1
        if edge[middle] < target:
            low = middle + 1
        else:
            high = middle
    while high > low and edge[high - 1] >= target:
        high -= 1
    return high


@compiled
def _touch(ptr: Ints, edge: Ints, other: npt.NDArray[np.int32], transfers: int, nodes: Ints) -> int:  # pragma: no cover  (compiled)
    """Have the lists of the next accounts on their way from memory, all at once, before they are read one by one.

    What comes back means nothing; it keeps the compiler from leaving the reading out.
    """
    touched = 0
    for node in nodes:
        tail = max(ptr[node], ptr[node + 1] - 1)
        if tail < transfers:
            touched += edge[tail] + other[tail]
    return touched


@compiled
def _touch_ends(ptr: Ints, other: npt.NDArray[np.int32], nodes: Ints) -> int:  # pragma: no cover  (compiled)
    """The same where nobody asks for the numbers of transfers: one list less to wait for."""
    touched = 0
    for node in nodes:
        tail = max(ptr[node], ptr[node + 1] - 1)
        if tail < len(other):
            touched += other[tail]
    return touched


@compiled
def _count(
    ptr: Ints, other: npt.NDArray[np.int32], cap: int, frontier: Ints, seen: npt.NDArray[np.bool_], found: Ints, count: int, stop_after: int
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """`_meet` where every transfer of the lists fits and none is newer than another: a walk that only counts whom it leaves out."""
    touched = 0
    for at in range(len(frontier)):
        if count >= stop_after:
            break
        if at % _AHEAD == 0:
            touched += _touch_ends(ptr, other, frontier[at : at + _AHEAD])
        end = ptr[frontier[at] + 1]
        for place in range(max(ptr[frontier[at]], end - cap), end):
            met = other[place]
            if not seen[met]:
                seen[met] = True
                found[count] = met
                count += 1
    return count, touched


@compiled
def _meet(
    ptr: Ints, edge: Ints, other: npt.NDArray[np.int32], transfers: int, first: int, last: int, cap: int, frontier: Ints,
    amount: Ints, currency: npt.NDArray[np.int16], code: int, minimum: int,
    newest: Ints, seen: npt.NDArray[np.bool_], found: Ints, count: int, stop_after: int, ranked: bool,
) -> tuple[int, int]:  # fmt: skip  # pragma: no cover  (compiled)
    filters = code != _ANY or minimum != _NO_AMOUNT
    touched = 0
    for at in range(len(frontier)):
        if count >= stop_after:
            break
        if at % _AHEAD == 0:
            touched += _touch(ptr, edge, other, transfers, frontier[at : at + _AHEAD])
        node = frontier[at]
        base = node * transfers
        begin, end = ptr[node], ptr[node + 1]
        if last < transfers:
            end = _first_from(edge, begin, end, base + last)
        begin = max(begin, end - cap)
        oldest = base + first
        for back in range(end - begin):
            place = end - 1 - back
            entry = edge[place]
            if entry < oldest:
                break
            met = other[place]
            if seen[met]:
                continue
            number = entry - base
            if filters and ((code != _ANY and currency[number] != code) or (minimum != _NO_AMOUNT and amount[number] < minimum)):
                continue
            if not ranked:
                seen[met] = True
                found[count] = met
                count += 1
                continue
            if newest[met] == 0:
                found[count] = met
                count += 1
            newest[met] = max(newest[met], number + 1)
    return count, touched


@compiled
def _inside(
    ptr: Ints, edge: Ints, other: npt.NDArray[np.int32], transfers: int, first: int, last: int, cap: int, nodes: Ints,
    chosen: Ints, bits: npt.NDArray[np.uint8], found: Ints, own: Ints, far: Ints, cut: Ints, beyond: Ints,
) -> tuple[int, int, int]:  # fmt: skip  # pragma: no cover  (compiled)
    count, cuts = 0, 0
    for node in chosen:
        bits[node >> 3] |= np.uint8(1 << (node & 7))
    touched, whole = 0, first == 0 and last >= transfers
    for at in range(len(nodes)):
        if at % _AHEAD == 0:
            ahead = nodes[at : at + _AHEAD]
            touched += _touch_ends(ptr, other, ahead) if whole else _touch(ptr, edge, other, transfers, ahead)
        node = nodes[at]
        base = node * transfers
        begin, end = ptr[node], ptr[node + 1]
        if last < transfers:
            end = _first_from(edge, begin, end, base + last)
        if first > 0:
            begin = _first_from(edge, begin, end, base + first)
        if end - begin > cap:
            cut[cuts], beyond[cuts] = node, end - begin - cap
            cuts += 1
            begin = end - cap
        for place in range(begin, end):
            end_node = other[place]
            if bits[end_node >> 3] & np.uint8(1 << (end_node & 7)):
                if count < len(found):
                    found[count] = edge[place] - base
                    own[count] = node
                    far[count] = end_node
                count += 1
    return count, cuts, touched


@compiled
def _sum(
    order: Ints, group: Ints, edges: Ints, amount: Ints, currency: npt.NDArray[np.int16], sums: Ints
) -> int:  # pragma: no cover  (compiled)
    """Fill `sums` (9, n) with the rows of `Sums`, in the order of its fields; `order` sorts by group and currency. How many rows."""
    count, before, code_before = 0, np.int64(0), np.int16(0)
    for at in range(len(order)):
        spot = order[at]
        edge, own = edges[spot], group[spot]
        code = currency[edge]
        if at == 0 or own != before or code != code_before:
            before, code_before, count = own, code, count + 1
            sums[0, count - 1], sums[1, count - 1], sums[7, count - 1] = own, code, edge
            sums[2:6, count - 1] = 0
            sums[6, count - 1] = _NO_AMOUNT
        row, value = count - 1, amount[edge]
        sums[2, row] += 1
        sums[8, row] = edge
        if value == _NO_AMOUNT:
            sums[3, row] += 1
        else:
            low = sums[5, row] + (value & _LOW)
            sums[4, row] += (value >> 32) + (low >> 32)
            sums[5, row] = low & _LOW
            sums[6, row] = max(sums[6, row], value)
    return count


class NumbaWalker:
    """The loops, compiled; the same answers as NumpyWalker. Accounts are taken in order of node: neighbours in memory."""

    def meet(self, terrain: Terrain, frontier: Ints, met: Met, *, stop_after: int) -> Ints:
        """See Walker."""
        generation, selection = terrain.generation, terrain.selection
        count, ordered = 0, np.sort(frontier)
        sides = ((terrain.ground.outgoing, terrain.direction.includes_out), (terrain.ground.incoming, terrain.direction.includes_in))
        counts_all = stop_after != NO_STOP and selection.takes_all and terrain.window == (0, generation.transfer_count)
        for side in (side for side, asked in sides if asked):
            if counts_all:
                count, _ = _count(side.ptr, side.node, terrain.per_account, ordered, met.seen, met.scratch, count, stop_after)
                continue
            count, _ = _meet(
                side.ptr, side.edge, side.node, side.transfers, *terrain.window, terrain.per_account, ordered,
                generation.amount, generation.currency, selection.currency, selection.minimum, met.newest, met.seen, met.scratch, count, stop_after, stop_after == NO_STOP,
            )  # fmt: skip
        nodes = met.scratch[:count].copy()
        met.seen[nodes] = True
        return nodes

    def inside(self, terrain: Terrain, adjacency: Adjacency, nodes: Ints, chosen: Ints) -> Inside:
        """See Walker."""
        room = 16 * len(nodes) + 64
        found, own, far = (np.empty(room, np.int64) for _ in range(3))
        cut, beyond = np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
        bits = np.zeros(terrain.generation.account_count // 8 + 1, np.uint8)
        asked = (
            adjacency.ptr, adjacency.edge, adjacency.node, adjacency.transfers, *terrain.window, terrain.per_account, np.sort(nodes), chosen, bits,
        )  # fmt: skip
        count, cuts, _ = _inside(*asked, found, own, far, cut, beyond)
        if count > room:
            found, own, far = (np.empty(count, np.int64) for _ in range(3))
            _inside(*asked, found, own, far, cut, beyond)
        return Inside(found[:count], own[:count], far[:count], cut[:cuts], beyond[:cuts])

    def sum_by(self, generation: Generation, group: Ints, edges: Ints) -> Sums:
        """See Walker."""
        sums = np.empty((9, len(edges)), np.int64)
        if len(edges):
            order = stable_order(group * len(generation.currencies) + generation.currency[edges])
            sums = sums[:, : _sum(order, group, edges, generation.amount, generation.currency, sums)]
        return Sums(*sums)
