"""Find accounts: by key, by the beginning of an id, by degree; and describe them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import NotFoundError
from bakau_graph.network.answers import AccountRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation

    Ints = npt.NDArray[np.int64]

_AFTER_EVERY_CHARACTER = "\U0010ffff"


def find_nodes(generation: Generation, keys: Iterable[int]) -> Ints:
    """Node numbers of account keys, in their order; NotFoundError when one is not in the snapshot."""
    wanted = np.fromiter(keys, np.int64)
    if not len(wanted):
        return wanted
    spot = np.searchsorted(generation.key, wanted)
    known = spot < len(generation.key)
    known[known] = generation.key[spot[known]] == wanted[known]
    if not known.all():
        missing = int(np.count_nonzero(~known))
        raise NotFoundError("no such account in this snapshot" if missing == 1 else f"{missing} accounts are not in this snapshot")
    return generation.node[spot].astype(np.int64)


def find_node(generation: Generation, key: int) -> int:
    """Node number of one account key."""
    return int(find_nodes(generation, (key,))[0])


def prefix_range(generation: Generation, prefix: str) -> tuple[int, int]:
    """First node whose id begins with the prefix and the first after the last such."""
    ids = generation.account_column("account_id")
    every = range(generation.account_count)
    begin = bisect_left(every, prefix, key=lambda node: ids[node].as_py())
    return begin, bisect_left(every, prefix + _AFTER_EVERY_CHARACTER, lo=begin, key=lambda node: ids[node].as_py())


def degrees(generation: Generation) -> Ints:
    """Transfers received and sent of every node; one to itself counts twice."""
    return generation.outgoing.degree() + generation.incoming.degree()


def describe(generation: Generation, nodes: Ints, marks: pa.Table, hub_degree: int) -> tuple[AccountRow, ...]:
    """Rows of a few accounts, in the order of `nodes`."""
    found = generation.accounts.take(pa.array(nodes)).to_pylist()
    shown = _marks_of(marks, [row["account_key"] for row in found])
    return tuple(_row(generation, int(node), row, shown, hub_degree) for node, row in zip(nodes, found, strict=True))


def _row(
    generation: Generation, node: int, facts: dict[str, object], marks: dict[int, tuple[tuple[str, int | str], ...]], hub_degree: int
) -> AccountRow:
    ends = [
        adjacency.edges_of(node, adjacency.span(node, (0, adjacency.transfers))) for adjacency in (generation.incoming, generation.outgoing)
    ]
    times = [int(generation.ts[edges[place]]) for edges in ends if len(edges) for place in (0, -1)]
    received, sent = (len(edges) for edges in ends)
    return AccountRow(
        **facts,  # type: ignore[arg-type]  # the account table's columns are the row's fields
        transfers_in=received,
        transfers_out=sent,
        is_hub=received + sent >= hub_degree,
        first_us=min(times, default=None),
        last_us=max(times, default=None),
        marks=marks.get(int(facts["account_key"]), ()),  # type: ignore[call-overload]  # an int64 column
    )


def _marks_of(marks: pa.Table, keys: list[int]) -> dict[int, tuple[tuple[str, int | str], ...]]:
    rows = marks.filter(pc.is_in(marks["account_key"], value_set=pa.array(keys, pa.int64()))).to_pylist()
    return {row.pop("account_key"): tuple((name, value) for name, value in row.items() if value is not None) for row in rows}
