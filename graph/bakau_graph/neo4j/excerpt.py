"""An excerpt of the network: the accounts and transfers one question can touch, arranged as the embedded network arranges all of them.

Accounts stand in order of id and transfers in order of time and id, here as there, so the same exact steps run on both and give the
same answers. What an excerpt cannot know, the true degree of an account and how many transfers lie beyond it, is carried beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.ids import Identity
from bakau_graph.embedded.build import ACCOUNT_COLUMNS, arrange
from bakau_graph.embedded.search import find_nodes

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.neo4j.reader import Accounts

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """Accounts and transfers as a generation in memory; `degree` is the true degree by node."""

    generation: Generation
    degree: Ints

    def nodes(self, keys: Ints) -> Ints:
        """Node numbers of account keys, in their order."""
        return find_nodes(self.generation, keys.tolist())

    def walls(self, hub_degree: int, ends: Ints, *, crossed: bool) -> npt.NDArray[np.bool_]:
        """What a path between the ends does not pass through: the hubs, unless they are crossed."""
        walls = np.zeros(len(self.degree), np.bool_) if crossed else self.degree >= hub_degree
        walls[ends] = False
        return walls


def cut_out(accounts: Accounts, edges: pa.Table) -> Excerpt:
    """The excerpt of these accounts and transfers (EDGES, in any order, some perhaps twice). Both ends must be among the accounts."""
    known = {"account_key": accounts.key, "account_id": accounts.id, "kind": [kind or None for kind in accounts.kind]}
    nulls = pa.nulls(len(accounts.key))
    table = pa.table({name: known.get(name, nulls) for name in ACCOUNT_COLUMNS})
    generation = arrange(table, in_order(edges), digest="")
    return Excerpt(generation, accounts.degree()[accounts.places(generation.keys_by_node)])


def in_order(edges: pa.Table) -> pa.Table:
    """Transfers in order of time and id, each once."""
    edges = edges.combine_chunks()
    identity = Identity.from_binary(edges["transfer_id"])
    ts = edges["ts_us"].to_numpy()
    order = np.lexsort((identity.low, identity.high, ts))
    high, low = identity.high[order], identity.low[order]
    again = np.concatenate([np.zeros(min(1, len(order)), np.bool_), (high[1:] == high[:-1]) & (low[1:] == low[:-1])])
    return edges.take(pa.array(order[~again]))
