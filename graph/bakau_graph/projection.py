"""The only place graphs leave: to Arrow, SciPy and networkx, always with the cut that was made.

A `Cut` is stated, never implied: amounts of several currencies cannot be added, so a projection with weights names one currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from bakau.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import networkx as nx
    import numpy.typing as npt

    from bakau_graph.network.answers import SubgraphAnswer

#: Columns of an edge table, one row per transfer.
EDGE_COLUMNS = ("src_key", "dst_key", "ts_us", "time_known", "amount_minor", "currency", "transfer_id")


class Transfers(Protocol):
    """Where the transfers of a projection come from; `bakau_graph.archive.Snapshot` is one."""

    @property
    def label(self) -> str:
        """How documents name the snapshot."""

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The current view of a canonical table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which transfers a projection keeps: ``since_us <= ts_us < until_us``, a currency, an amount band (both ends included, a
    transfer without amount outside every band), channels and states. None keeps all.

    Only settled transfers are kept unless `statuses` says otherwise: what failed or was reversed moved no money in the end.
    """

    since_us: int | None = None
    until_us: int | None = None
    currency: str | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    channels: frozenset[str] | None = None
    statuses: frozenset[str] | None = frozenset({"settled"})

    def __post_init__(self) -> None:
        if self.currency is None and (self.min_minor is not None or self.max_minor is not None):
            raise InputError("an amount band needs a currency")

    def expression(self) -> pc.Expression:
        """The cut as an Arrow filter over the transfer table."""
        kept: pc.Expression = pc.scalar(value=True)
        bounds: tuple[tuple[Any, Callable[[Any], pc.Expression]], ...] = (
            (self.since_us, lambda value: pc.field("ts_us") >= value),
            (self.until_us, lambda value: pc.field("ts_us") < value),
            (self.currency, lambda value: pc.field("currency") == value),
            (self.min_minor, lambda value: pc.field("amount_minor") >= value),
            (self.max_minor, lambda value: pc.field("amount_minor") <= value),
            (self.channels, lambda value: pc.field("channel").isin(sorted(value))),
            (self.statuses, lambda value: pc.field("status").isin(sorted(value))),
        )
        for bound, compare in bounds:
            if bound is not None:
                kept &= compare(bound)
        return kept


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A square sparse matrix over accounts: entry (i, j) says how much went from ``keys[i]`` to ``keys[j]``."""

    keys: npt.NDArray[np.int64]
    matrix: sparse.csr_array


def to_edge_table(snapshot: Transfers, cut: Cut) -> pa.Table:
    """Transfers of the cut, one row each: EDGE_COLUMNS, in order of (ts_us, transfer_id)."""
    rows = snapshot.table("transfer", [*EDGE_COLUMNS, "channel", "status"]).filter(cut.expression())
    return rows.select(EDGE_COLUMNS).sort_by([("ts_us", "ascending"), ("transfer_id", "ascending")])


def to_pair_table(edges: pa.Table) -> pa.Table:
    """One row per ordered pair and currency of an edge table: src_key, dst_key, currency, n, sum_minor, first_us, last_us; sorted so.

    `sum_minor` is null when no amount is stated. InputError when a sum leaves 64 bits.
    """
    keys = ["src_key", "dst_key", "currency"]
    exact = edges.set_column(edges.column_names.index("amount_minor"), "amount", edges["amount_minor"].cast(pa.decimal128(38, 0)))
    pairs = exact.group_by(keys).aggregate([("amount", "sum"), ("ts_us", "count"), ("ts_us", "min"), ("ts_us", "max")])
    try:
        total = pairs["amount_sum"].cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise InputError("the amounts of a pair of accounts sum to more than 64 bits", hint="cut to a shorter window") from error
    columns = [*(pairs[name] for name in keys), pairs["ts_us_count"], total, pairs["ts_us_min"], pairs["ts_us_max"]]
    table = pa.Table.from_arrays(columns, names=[*keys, "n", "sum_minor", "first_us", "last_us"])
    return table.sort_by([(name, "ascending") for name in keys])


def to_matrix(edges: pa.Table, *, weight: str = "n") -> Matrix:
    """CSR matrix of an edge table with the sorted keys of its accounts. `weight`: ``n`` transfers, or ``sum_minor`` (one currency).

    InputError when amounts of several currencies would be added. Values are int64; a transfer without amount weighs 0.
    """
    if weight not in {"n", "sum_minor"}:
        raise InputError("a matrix weighs n or sum_minor")
    if weight == "sum_minor" and len(pc.unique(edges["currency"])) > 1:
        raise InputError("amounts of several currencies cannot be added", hint="cut to one currency")
    pairs = to_pair_table(edges)
    src, dst = pairs["src_key"].to_numpy(), pairs["dst_key"].to_numpy()
    keys = np.unique(np.concatenate([src, dst])).astype(np.int64)
    values = pc.fill_null(pairs[weight], 0).to_numpy().astype(np.int64)
    places = (np.searchsorted(keys, src), np.searchsorted(keys, dst))
    return Matrix(keys, sparse.coo_array((values, places), shape=(len(keys), len(keys))).tocsr())


def to_digraph(source: SubgraphAnswer | pa.Table, *, currency: str | None = None) -> nx.DiGraph:
    """A networkx DiGraph: one edge per ordered pair with n, sum_minor, first_us, last_us; nodes are account keys.

    From a subgraph answer (its accounts become nodes with their columns) or an edge table. Of several currencies one must be named.
    """
    import networkx as nx

    links = _links(source)
    held = pc.unique(links["currency"])
    if currency is None and len(held) > 1:
        raise InputError("a DiGraph has one edge per pair: name a currency, or take a MultiDiGraph")
    if currency is not None:
        links = links.filter(pc.field("currency") == currency)
    graph = nx.DiGraph()
    graph.add_nodes_from(_nodes(source))
    graph.add_edges_from((row.pop("src_key"), row.pop("dst_key"), row) for row in links.to_pylist())
    return graph


def to_multidigraph(source: SubgraphAnswer | pa.Table) -> nx.MultiDiGraph:
    """A networkx MultiDiGraph: from a subgraph answer one edge per pair and currency (the key), from an edge table one per transfer
    (its id as 32 hexadecimal digits is the key).
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    graph.add_nodes_from(_nodes(source))
    if isinstance(source, pa.Table):
        rows = source.to_pylist()
        graph.add_edges_from((row.pop("src_key"), row.pop("dst_key"), row.pop("transfer_id").hex(), row) for row in rows)
    else:
        graph.add_edges_from((row.pop("src_key"), row.pop("dst_key"), row["currency"], row) for row in source.links.to_pylist())
    return graph


def _links(source: SubgraphAnswer | pa.Table) -> pa.Table:
    return to_pair_table(source) if isinstance(source, pa.Table) else source.links


def _nodes(source: SubgraphAnswer | pa.Table) -> list[tuple[int, dict[str, object]]]:
    if isinstance(source, pa.Table):
        return []
    return [(row.pop("account_key"), row) for row in source.entities.to_pylist()]
