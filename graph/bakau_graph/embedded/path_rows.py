"""Paths in the network's own numbers become what the protocol answers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.neighbours import edges_between
from bakau_graph.embedded.sums import sum_all
from bakau_graph.network.answers import Hop, Path, TimedHop

if TYPE_CHECKING:
    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.selection import Selection
    from bakau_graph.embedded.timed_path import TimedPath
    from bakau_graph.network.question import Direction


def path_rows(
    generation: Generation, found: list[tuple[int, ...]], direction: Direction, selection: Selection
) -> tuple[tuple[Path, ...], int]:
    """Paths with what happened between each two accounts; and transfers without amount, each pair of accounts counted once."""
    hops: dict[tuple[int, int], Hop] = {}
    unstated: dict[tuple[int, int], int] = {}
    for pair in {pair for nodes in found for pair in pairwise(nodes)}:
        ways = [(pair, direction.includes_out), (pair[::-1], direction.includes_in)]
        edges = [edges_between(generation, *way, selection.window) if asked else np.empty(0, np.int64) for way, asked in ways]
        unstated |= {way: selection.count_nulls(generation, each) for (way, _), each in zip(ways, edges, strict=True)}
        forward, backward = (sum_all(generation, each[selection.fits(generation, each)]) for each in edges)
        src, dst = account_keys(generation, pair)
        hops[pair] = Hop(src_key=src, dst_key=dst, forward=forward, backward=backward)
    paths = tuple(
        Path(
            account_keys=tuple(account_keys(generation, nodes)),
            account_ids=tuple(account_ids(generation, nodes)),
            hops=tuple(hops[pair] for pair in pairwise(nodes)),
        )
        for nodes in found
    )
    return paths, sum(unstated.values())


def timed_hops(generation: Generation, path: TimedPath) -> tuple[TimedHop, ...]:
    """The transfers of a time-respecting path."""
    edges = np.array(path.edges, np.int64)
    ends = [generation.src[edges].tolist(), generation.dst[edges].tolist()]
    src_keys, dst_keys = (account_keys(generation, nodes) for nodes in ends)
    src_ids, dst_ids = (account_ids(generation, nodes) for nodes in ends)
    amounts = generation.amount[edges].tolist()
    return tuple(
        TimedHop(
            transfer_id=generation.transfer_id[edge].tobytes(),
            src_key=src_keys[at],
            src_id=src_ids[at],
            dst_key=dst_keys[at],
            dst_id=dst_ids[at],
            ts_us=int(generation.ts[edge]),
            time_known=bool(generation.timed[edge]),
            at_us=instant,
            amount_minor=None if amounts[at] == NO_AMOUNT else amounts[at],
            currency=generation.currencies[generation.currency[edge]],
        )
        for at, (edge, instant) in enumerate(zip(path.edges, path.instants, strict=True))
    )


def account_keys(generation: Generation, nodes: tuple[int, ...] | list[int]) -> list[int]:
    """Account keys of a few nodes."""
    keys: list[int] = generation.account_column("account_key").take(pa.array(nodes, pa.int64())).to_pylist()
    return keys


def account_ids(generation: Generation, nodes: tuple[int, ...] | list[int]) -> list[str]:
    """Account ids of a few nodes."""
    ids: list[str] = generation.account_column("account_id").take(pa.array(nodes, pa.int64())).to_pylist()
    return ids
