"""Read columns from Neo4j: accounts, transfers, and who is on the other end. One statement a step, whatever the size of the frontier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

import numpy as np
import pyarrow as pa

from bakau.errors import NetworkError, NotFoundError
from bakau.model import TRANSFER_ID
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.neo4j import read_queries
from bakau_graph.network.question import Direction, Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt
    from neo4j import Record

    from bakau_graph.neo4j.session import Session

    Ints = npt.NDArray[np.int64]

#: Bounds of an open window: no instant lies beyond them.
_FIRST, _LAST = -(2**63), 2**63 - 1
#: Accounts of a frontier per statement; a default of ours.
_AT_ONCE = 5_000

EDGES = pa.schema(
    {
        "src_key": pa.int64(),
        "dst_key": pa.int64(),
        "ts_us": pa.int64(),
        "time_known": pa.bool_(),
        "amount_minor": pa.int64(),
        "currency": pa.string(),
        "transfer_id": TRANSFER_ID,
    }
)
NEWEST = {Direction.OUT: read_queries.NEWEST_SENT, Direction.IN: read_queries.NEWEST_RECEIVED}
NEWEST_WITH = {Direction.OUT: read_queries.NEWEST_SENT_TO, Direction.IN: read_queries.NEWEST_RECEIVED_FROM}
ALL = {Direction.OUT: read_queries.ALL_SENT, Direction.IN: read_queries.ALL_RECEIVED}
ALL_WITH = {Direction.OUT: read_queries.ALL_SENT_TO, Direction.IN: read_queries.ALL_RECEIVED_FROM}
COUNT = {Direction.OUT: read_queries.COUNT_SENT, Direction.IN: read_queries.COUNT_RECEIVED}
OTHERS = {Direction.OUT: read_queries.OTHERS_SENT, Direction.IN: read_queries.OTHERS_RECEIVED}
OTHERS_EVER = {Direction.OUT: read_queries.OTHERS_PAID, Direction.IN: read_queries.OTHERS_PAYING}


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """Accounts as columns, in order of key."""

    key: Ints
    id: npt.NDArray[np.object_]
    kind: npt.NDArray[np.object_]
    sent: Ints
    received: Ints

    def degree(self) -> Ints:
        """Transfers sent and received."""
        return self.sent + self.received

    def where(self, chosen: npt.NDArray[np.bool_]) -> Accounts:
        """Some of them."""
        return Accounts(self.key[chosen], self.id[chosen], self.kind[chosen], self.sent[chosen], self.received[chosen])

    def places(self, keys: Ints) -> Ints:
        """Places of keys that are all here."""
        return np.searchsorted(self.key, keys)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads one database as long as it stands on the facts of `digest`; NetworkError once it does not."""

    session: Session
    digest: str

    def accounts(self, keys: Iterable[int]) -> Accounts:
        """Accounts by key, each once; NotFoundError when one is not there."""
        wanted = np.unique(np.fromiter(keys, np.int64))
        found: list[Record] = []
        for part in _parts(wanted):
            rows = self.session.read(read_queries.ACCOUNTS, {"keys": part.tolist()})
            if not rows or rows[0]["digest"] != self.digest or rows[0]["state"] != "ready":
                raise NetworkError("the network is being brought to another snapshot", hint="ask again in a moment")
            found += rows
        key, sent, received = (_ints(found, name) for name in ("key", "sent", "received"))
        id_, kind = (_texts(found, name) for name in ("id", "kind"))
        if len(key) != len(wanted):
            missing = len(wanted) - len(key)
            raise NotFoundError("no such account in this snapshot" if missing == 1 else f"{missing} accounts are not in this snapshot")
        order = np.argsort(key)
        return Accounts(key[order], id_[order], kind[order], sent[order], received[order])

    def newest(self, keys: Ints, direction: Direction, question: Filter, most: int, others: Ints | None = None) -> pa.Table:
        """Of each account the newest `most` transfers of the window in one direction (of these, those with `others`), as EDGES in no order."""
        text = (NEWEST if others is None else NEWEST_WITH)[direction]
        return self._edges(text, keys, window(question) | {"most": most}, others)

    def all(self, keys: Ints, direction: Direction, question: Filter, others: Ints | None = None) -> pa.Table:
        """The transfers of the accounts in one direction that fit the question or state no amount, as EDGES in no order."""
        text = (ALL if others is None else ALL_WITH)[direction]
        return self._edges(text, keys, window(question) | value(question), others)

    def window(self, keys: Ints, direction: Direction, question: Filter, others: Ints) -> pa.Table:
        """The transfers of the window between the accounts and `others` in one direction, whatever their value, as EDGES in no order."""
        return self._edges(ALL_WITH[direction], keys, window(question) | value(Filter()), others)

    def between(self, accounts: Accounts, ways: Iterable[tuple[int, int]], question: Filter) -> pa.Table:
        """Transfers from one account to another that fit or state no amount; from the side of whoever has fewer. As EDGES in no order."""
        tables = []
        for way in ways:
            payer, payee = (np.array([key], np.int64) for key in way)
            sent, received = accounts.sent[accounts.places(payer)][0], accounts.received[accounts.places(payee)][0]
            if sent <= received:
                tables.append(self.all(payer, Direction.OUT, question, payee))
            else:
                tables.append(self.all(payee, Direction.IN, question, payer))
        return pa.concat_tables(tables)

    def count(self, keys: Ints, direction: Direction, question: Filter) -> Ints:
        """How many transfers of the window each account has in one direction."""
        counts = np.zeros(len(keys), np.int64)
        if not len(keys):
            return counts
        rows = self.session.read(COUNT[direction], {"keys": keys.tolist()} | window(question))
        order = np.argsort(keys)
        counts[order[np.searchsorted(keys[order], _ints(rows, "key"))]] = _ints(rows, "n")
        return counts

    def others(self, keys: Ints, directions: Iterable[Direction], question: Filter) -> tuple[Ints, Ints]:
        """Accounts on the other end of fitting transfers, each once and sorted by key, and their degrees."""
        ever = question.is_timeless and question.min_minor is None
        rows = [
            row
            for direction in directions
            for part in _parts(keys)
            for row in self.session.read(
                (OTHERS_EVER if ever else OTHERS)[direction], {"keys": part.tolist()} | window(question) | value(question)
            )
        ]
        key, place = np.unique(_ints(rows, "key"), return_index=True)
        return key, _ints(rows, "degree")[place]

    def _edges(self, text: LiteralString, keys: Ints, parameters: Mapping[str, object], others: Ints | None) -> pa.Table:
        more = {} if others is None else {"others": others.tolist()}
        tables = []
        for part in _parts(keys):
            rows = self.session.read(text, {"keys": part.tolist(), "nothing": int(NO_AMOUNT)} | dict(parameters) | more)
            tables.append(_edge_table(rows[0]))
        return pa.concat_tables([EDGES.empty_table(), *tables])


def window(question: Filter) -> dict[str, object]:
    """Parameters of a window."""
    return {
        "since": _FIRST if question.since_us is None else max(_FIRST, question.since_us),
        "until": _LAST if question.until_us is None else min(_LAST, question.until_us),
    }


def value(question: Filter) -> dict[str, object]:
    """Parameters of a currency and a minimum."""
    minimum = question.min_minor
    return {"currency": question.currency, "minimum": None if minimum is None else max(_FIRST + 1, min(_LAST, minimum))}


def _edge_table(row: Record) -> pa.Table:
    raw = pa.py_buffer(bytes.fromhex("".join(row["id"])))
    amount = np.array(row["amount"], np.int64)
    return pa.Table.from_arrays(
        [
            pa.array(row["src"], pa.int64()),
            pa.array(row["dst"], pa.int64()),
            pa.array(row["ts"], pa.int64()),
            pa.array(row["timed"], pa.bool_()),
            pa.array(amount, mask=amount == NO_AMOUNT),
            pa.array(row["currency"], pa.string()),
            pa.FixedSizeBinaryArray.from_buffers(TRANSFER_ID, len(amount), [None, raw]),
        ],
        schema=EDGES,
    )


def _parts(keys: Ints) -> Iterable[Ints]:
    return (keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE))


def _ints(rows: list[Record], name: str) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *(np.array(row[name], np.int64) for row in rows)])


def _texts(rows: list[Record], name: str) -> npt.NDArray[np.object_]:
    return np.array([text for row in rows for text in row[name]], np.object_)
