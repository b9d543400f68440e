"""One account's transfers per direction, fetched and grouped by the other end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.neighbours import Side, read_side
from bakau_graph.embedded.selection import Selection
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.excerpt import Excerpt
    from bakau_graph.neo4j.reader import Reader
    from bakau_graph.network.question import Filter

    Ints = npt.NDArray[np.int64]


def read_sides(
    reader: Reader, key: int, directions: list[Direction], question: Filter, *, examined: int | None
) -> tuple[Excerpt, list[Side]]:
    """The sides of an account in these directions: of each the newest `examined` transfers of the window, all when None."""
    own = np.array([key], np.int64)
    account = reader.accounts(own.tolist())
    tables, unseen = [], []
    for direction in directions:
        if examined is None:
            tables.append(reader.all(own, direction, question))
            unseen.append(0)
            continue
        edges = reader.newest(own, direction, question, examined)
        total = (account.sent if direction is Direction.OUT else account.received)[0]
        if len(edges) == examined and not question.is_timeless:
            total = reader.count(own, direction, question)[0]
        tables.append(edges)
        unseen.append(int(total) - examined if len(edges) == examined else 0)
    edges = pa.concat_tables(tables)
    everyone = np.unique(np.concatenate([own, edges["src_key"].to_numpy(), edges["dst_key"].to_numpy()]))
    excerpt = cut_out(reader.accounts(everyone.tolist()), edges)
    node = int(excerpt.nodes(own)[0])
    selection = Selection.resolve(excerpt.generation, question)
    sides = [read_side(excerpt.generation, node, direction, selection, examined=examined) for direction in directions]
    return excerpt, [replace(side, not_examined=more) for side, more in zip(sides, unseen, strict=True)]
