"""The surroundings of a few accounts: a walk by distance, cut by what is newest, and what flows among the accounts kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.plain_columns import flag_column, int_column
from bakau_graph.embedded.sums import sum_by
from bakau_graph.embedded.walk import NO_STOP, find_among
from bakau_graph.network.answers import ENTITIES, LINKS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.walk import Among, Met, Terrain, Walker

    Ints = npt.NDArray[np.int64]

_HALF = 32
_LOW = (1 << _HALF) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Accounts kept, in order, with their distance; how many more were met; up to which distance accounts were followed."""

    nodes: Ints
    distance: Ints
    left_out: int
    reach: int


@dataclass(frozen=True, slots=True, eq=False)
class Expedition:
    """How to walk: by which walker, how far, and past which accounts not: the `hubs`, unless they are included."""

    walker: Walker
    terrain: Terrain
    hops: int
    most: int
    counted: int
    hubs: npt.NDArray[np.bool_]
    include_hubs: bool

    def explore(self, seeds: Ints, met: Met) -> tuple[Walk, Among]:
        """The walk from the seeds, and the transfers among the accounts it keeps. Leaves `met` as it was: of nobody."""
        touched = [seeds]
        walk = self._walk(seeds, met, touched)
        met.forget(np.concatenate(touched))
        return walk, find_among(self.walker, self.terrain, walk.nodes, met)

    def _walk(self, seeds: Ints, met: Met, touched: list[Ints]) -> Walk:
        """Layer by layer: within a layer the account whose newest link to the layer before is newest comes first."""
        met.seen[seeds] = True
        kept, room, frontier = [seeds], self.most - len(seeds), seeds
        left_out, reach = 0, self.hops
        for hop in range(1, self.hops + 1):
            if not len(frontier) or left_out > self.counted:
                break
            stop_after = NO_STOP if room else self.counted + 1 - left_out
            layer = self.walker.meet(self.terrain, frontier, met, stop_after=stop_after)
            touched.append(layer)
            if left_out:
                left_out += len(layer)
            else:
                layer = _newest_first(layer, met, self.terrain.generation.transfer_count)
                kept.append(layer[:room])
                left_out = max(0, len(layer) - room)
                room -= len(kept[-1])
                reach = hop if left_out else reach
            frontier = layer if self.include_hubs or hop == self.hops else layer[~self.hubs[layer]]
        distance = np.repeat(np.arange(len(kept)), [len(layer) for layer in kept])
        return Walk(np.concatenate(kept), distance, left_out, reach)


def _newest_first(layer: Ints, met: Met, transfers: int) -> Ints:
    """Accounts by their newest link, which no two share. Link and account are sorted as one number: a third of the time of sorting places."""
    if transfers >= _LOW >> 1:
        return layer[np.argsort(-met.newest[layer])]
    packed = np.sort(met.newest[layer] << _HALF | layer)
    return packed[::-1] & _LOW


def entity_rows(expedition: Expedition, walk: Walk, among: Among) -> tuple[pa.Table, int]:
    """The accounts kept, as a table of schema ENTITIES; and how many hubs were not followed although others at their distance were."""
    generation = expedition.terrain.generation
    is_hub = expedition.hubs[walk.nodes]
    passes = np.ones(len(is_hub), np.bool_) if expedition.include_hubs else ~is_hub | (walk.distance == 0)
    followed = walk.distance < walk.reach
    table = pa.Table.from_arrays(
        [
            int_column(generation.keys_by_node[walk.nodes]),
            generation.take_ids(walk.nodes),
            generation.take_kinds(walk.nodes),
            int_column(walk.distance),
            flag_column(is_hub),
            flag_column(passes & followed),
            int_column(among.sent_beyond + among.received_beyond),
        ],
        schema=ENTITIES,
    )
    return table, int(np.count_nonzero(followed & ~passes))


def link_rows(
    generation: Generation, nodes: Ints, among: Among, fit: npt.NDArray[np.bool_] | None, *, walker: Walker | None = None
) -> pa.Table:
    """The transfers among the accounts kept that fit (all when None), per ordered pair and currency, as a table of schema LINKS; ordered by
    place of payer, place of payee, currency.
    """
    pair, edges = among.src * len(nodes) + among.dst, among.edges
    if fit is not None:
        pair, edges = pair[fit], edges[fit]
    sums = (sum_by if walker is None else walker.sum_by)(generation, pair, edges)
    src, dst = np.divmod(sums.group, max(1, len(nodes)))
    keys = generation.keys_by_node[nodes]
    unstated = sums.largest == NO_AMOUNT
    return pa.Table.from_arrays(
        [
            int_column(keys[src]),
            int_column(keys[dst]),
            generation.take_currencies(sums.currency),
            int_column(sums.transfers),
            int_column(sums.total, unstated | ~sums.fits),
            int_column(sums.largest, unstated),
            int_column(sums.nulls),
            int_column(generation.ts[sums.first]),
            int_column(generation.ts[sums.last]),
            flag_column((among.sent_beyond[src] > 0) & (among.received_beyond[dst] > 0)),
        ],
        schema=LINKS,
    )
