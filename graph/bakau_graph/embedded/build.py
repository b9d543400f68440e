"""From a snapshot's Arrow tables to the arrays of a generation: a handful of columnar passes, no loop over rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import NetworkError
from bakau.model import ACCOUNT, TRANSFER_ID
from bakau_graph.embedded.adjacency import Adjacency
from bakau_graph.embedded.generation import NO_AMOUNT, Generation

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.network.protocol import Facts

    Ints = npt.NDArray[np.int64]
    Nodes = npt.NDArray[np.int32]

#: What the network keeps of an account: codes only.
ACCOUNT_COLUMNS = ("account_key", "account_id", "kind", "institution_id", "country", "currency", "opened_us", "status", "stub")
_ACCOUNT_SCHEMA = pa.schema([pa.field(name, ACCOUNT[name].type) for name in ACCOUNT_COLUMNS])
_TWO_EDGES = 2


def build_generation(facts: Facts) -> Generation:
    """The generation of a snapshot, in memory. NetworkError when a transfer names an account the snapshot lacks."""
    return arrange(facts.table("account", list(ACCOUNT_COLUMNS)), facts.edges(), digest=facts.digest)


def arrange(accounts: pa.Table, edges: pa.Table, *, digest: str) -> Generation:
    """The same from the account table and the edge table (sorted by (ts_us, transfer_id))."""
    accounts = accounts.select(ACCOUNT_COLUMNS).cast(_ACCOUNT_SCHEMA)
    accounts = accounts.take(pc.sort_indices(accounts["account_id"])).combine_chunks()
    keys = _plain(accounts["account_key"])
    order = np.argsort(keys).astype(np.int32)
    transfer_id = _ids(edges["transfer_id"])
    ts = _plain(edges["ts_us"])
    _check_order(ts, transfer_id)
    src, dst = _nodes(edges["src_key"], accounts["account_key"]), _nodes(edges["dst_key"], accounts["account_key"])
    currency, currencies = _currencies(edges["currency"])
    return Generation(
        digest=digest,
        built_us=time.time_ns() // 1000,
        currencies=currencies,
        accounts=accounts,
        key=keys[order],
        node=order,
        src=src,
        dst=dst,
        ts=ts,
        amount=_plain(pc.fill_null(edges["amount_minor"], int(NO_AMOUNT))),
        currency=currency,
        timed=_plain(edges["time_known"]),
        transfer_id=transfer_id,
        outgoing=Adjacency.group(src, dst, len(keys), first=0, transfers=len(ts)),
        incoming=Adjacency.group(dst, src, len(keys), first=0, transfers=len(ts)),
    )


def _plain(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = column.to_numpy()
    return values


def _ids(column: pa.ChunkedArray) -> npt.NDArray[np.void]:
    if not len(column):
        return np.empty(0, "V16")
    whole = column.cast(TRANSFER_ID).combine_chunks()
    return np.frombuffer(whole.buffers()[1], dtype="V16")[whole.offset : whole.offset + len(whole)]


def _nodes(keys: pa.ChunkedArray, known: pa.ChunkedArray) -> Nodes:
    """Node numbers of account keys."""
    found = pc.index_in(keys, value_set=known)
    if found.null_count:
        raise NetworkError(f"{found.null_count} transfers name accounts this snapshot lacks", hint="bakau archive verify")
    nodes: Nodes = found.to_numpy().astype(np.int32, copy=False)
    return nodes


def _currencies(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    """Currency of every transfer as a place in the sorted list of codes."""
    codes = pc.unique(column).sort()
    return pc.index_in(column, value_set=codes).to_numpy().astype(np.int16), tuple(codes.to_pylist())


def _check_order(ts: Ints, transfer_id: npt.NDArray[np.void]) -> None:
    """NetworkError unless transfers stand in order of (ts, id): windows and ties rest on it."""
    if len(ts) < _TWO_EDGES:
        return
    step = ts[1:] - ts[:-1]
    ties = np.flatnonzero(step == 0)
    words = transfer_id.view(">u8").reshape(-1, 2)
    high, low = words[:, 0], words[:, 1]
    rising = (high[ties] < high[ties + 1]) | ((high[ties] == high[ties + 1]) & (low[ties] < low[ties + 1]))
    if (step < 0).any() or not rising.all():
        raise NetworkError("the snapshot's transfers are not in order of time and id", hint="bakau archive verify")
