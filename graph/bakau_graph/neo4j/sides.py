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
    accounts, tables = reader.near(key, tuple(each for each in (Direction.OUT, Direction.IN) if each in directions), question, examined)
    place = accounts.places(own)[0]
    unseen = []
    for direction in directions:
        total, found = (accounts.sent if direction is Direction.OUT else accounts.received)[place], len(tables[direction])
        if found == examined and not question.is_timeless:
            total = reader.count(own, direction, question)[0]
        unseen.append(int(total) - found if found == examined else 0)
    excerpt = cut_out(accounts, pa.concat_tables(tables.values()))
    node = int(excerpt.nodes(own)[0])
    selection = Selection.resolve(excerpt.generation, question)
    sides = [read_side(excerpt.generation, node, direction, selection, examined=examined) for direction in directions]
    return excerpt, [replace(side, not_examined=more) for side, more in zip(sides, unseen, strict=True)]
