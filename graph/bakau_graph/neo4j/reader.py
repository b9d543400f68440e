"""Read columns from Neo4j: accounts, transfers, and who is on the other end. One statement a step, whatever the size of the frontier."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar

import numpy as np
import pyarrow as pa

from bakau.errors import NotFoundError
from bakau.model import TRANSFER_ID
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.neo4j import read_queries
from bakau_graph.neo4j.pairs import Pairs
from bakau_graph.neo4j.state import READY, other_facts
from bakau_graph.network.question import Direction, Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from bakau_graph.neo4j.session import Session

    Ints = npt.NDArray[np.int64]
    #: An answer: columns by name.
    Row = dict[str, Any]
    #: What is packed beside accounts: whom each ever paid in two texts, see `pairs`, and in two its newest transfers, where it has many, see `newest`.
    Paid = dict[int, tuple[str, str, str, str]]
    Frontier = TypeVar("Frontier", Ints, list[dict[str, int]])

#: Bounds of an open window: no instant lies beyond them.
_FIRST, _LAST = -(2**63), 2**63 - 1
#: Accounts of a frontier per statement, and from how many on two statements take half each. Defaults of ours.
_AT_ONCE, _WORTH_TWO = 5_000, 64
#: Transfers an account may have sent, if whom it paid is to be read together with it. A default of ours.
_FEW = 100

#: Columns of an answer that hold what is packed, in the order of `Paid`.
PACKS = ("payees", "repeats", "newest_sent", "newest_received")
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
PAIRS = {name: pa.int64() for name in ("src_key", "dst_key", "n", "sum_minor", "max_minor", "null_amounts", "first_us", "last_us")}
PAIRS |= {"currency": pa.string()}
NEWEST = {Direction.OUT: read_queries.NEWEST_SENT, Direction.IN: read_queries.NEWEST_RECEIVED}
NEWEST_WITH = {Direction.OUT: read_queries.NEWEST_SENT_TO, Direction.IN: read_queries.NEWEST_RECEIVED_FROM}
ALL = {Direction.OUT: read_queries.ALL_SENT, Direction.IN: read_queries.ALL_RECEIVED}
ALL_WITH = {Direction.OUT: read_queries.ALL_SENT_TO, Direction.IN: read_queries.ALL_RECEIVED_FROM}
COUNT = {Direction.OUT: read_queries.COUNT_SENT, Direction.IN: read_queries.COUNT_RECEIVED}
OTHERS = {Direction.OUT: read_queries.OTHERS_SENT, Direction.IN: read_queries.OTHERS_RECEIVED}
NEAR = {
    True: {
        (Direction.OUT,): read_queries.NEAR_NEWEST_OUT,
        (Direction.IN,): read_queries.NEAR_NEWEST_IN,
        (Direction.OUT, Direction.IN): read_queries.NEAR_NEWEST_BOTH,
    },
    False: {
        (Direction.OUT,): read_queries.NEAR_ALL_OUT,
        (Direction.IN,): read_queries.NEAR_ALL_IN,
        (Direction.OUT, Direction.IN): read_queries.NEAR_ALL_BOTH,
    },
}
LAYER = {
    (Direction.OUT,): read_queries.LAYER_OUT,
    (Direction.IN,): read_queries.LAYER_IN,
    (Direction.OUT, Direction.IN): read_queries.LAYER_BOTH,
}
PREFIX = {Direction.OUT: "out_", Direction.IN: "in_"}
OTHERS_EVER = {Direction.OUT: read_queries.OTHERS_PAID, Direction.IN: read_queries.OTHERS_PAYING}


_ACCOUNT = ("key", "id", "kind", "sent", "received")


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

    def where(self, chosen: npt.NDArray[np.bool_] | Ints) -> Accounts:
        """Some of them."""
        return Accounts(self.key[chosen], self.id[chosen], self.kind[chosen], self.sent[chosen], self.received[chosen])

    @classmethod
    def joined(cls, parts: Iterable[Accounts]) -> Accounts:
        """The accounts of several, each once."""
        parts = list(parts)
        if not parts:
            none, nobody = np.empty(0, np.int64), np.empty(0, np.object_)
            return cls(none, nobody, nobody, none, none)
        every = parts[0] if len(parts) == 1 else cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _ACCOUNT))
        if (every.key[1:] > every.key[:-1]).all():
            return every
        order = np.argsort(every.key)
        key = every.key[order]
        return every.where(order[np.concatenate([[True], key[1:] != key[:-1]])])

    def places(self, keys: Ints) -> Ints:
        """Places of keys that are all here."""
        return np.searchsorted(self.key, keys)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads one database as long as it stands on the facts of `digest`; NetworkError once it does not."""

    session: Session
    digest: str
    #: What the database says of itself: currencies of its transfers, and of accounts with more transfers than what there are packs.
    currencies: tuple[str, ...] = ()
    packed_above: int | None = None

    def ask(self, text: LiteralString, parameters: Mapping[str, object]) -> Row:
        """The answer of a statement that also says what the database stood on after its rows were read; NetworkError when on other facts."""
        record = self.session.ask(text, parameters)
        if record is None or record["digest"] != self.digest or record["state"] != READY:
            raise other_facts()
        return dict(zip(record.keys(), record, strict=True))  # looked into again and again, for which a record is slow

    def ask_all(self, text: LiteralString, asked: Iterable[Mapping[str, object]]) -> list[Row]:
        """The answers of a statement for several parameters, in their order; two at a time, since the server gives one statement one core."""
        first, *more = asked
        if not more:
            return [self.ask(text, first)]
        beside = self.session.beside.submit(lambda: [self.ask(text, each) for each in more[::2]])
        mine = [self.ask(text, each) for each in (first, *more[1::2])]
        rows: list[Row] = [{}] * (1 + len(more))
        rows[::2], rows[1::2] = mine, beside.result()
        return rows

    def accounts(self, keys: Iterable[int]) -> Accounts:
        """Accounts by key, each once; NotFoundError when one is not there."""
        wanted = np.unique(np.fromiter(keys, np.int64))
        rows = [self.ask(read_queries.ACCOUNTS, {"keys": part.tolist()}) for part in parts(wanted)]
        return all_there(Accounts.joined([accounts_of(row, "a_") for row in rows]), len(wanted))

    def payers(self, keys: Ints, most: int, *, ahead: bool = False) -> tuple[Accounts, Paid]:
        """Accounts, and what is packed of each, the newest where there are more than `most`; `ahead`: the same of whom they paid, where they sent few."""
        if not len(keys):
            return Accounts.joined([]), {}
        text, few = (read_queries.PAYERS_AHEAD, {"few": _FEW}) if ahead else (read_queries.PAYERS, {})
        asked = few | {"most": most if most == self.packed_above else read_queries.ANY_DEGREE}
        rows = self.ask_all(text, (asked | {"keys": part.tolist()} for part in halves(keys)))
        accounts = Accounts.joined(accounts_of(row, "a_") for row in rows)
        all_there(accounts.where(np.isin(accounts.key, keys)) if ahead else accounts, len(keys))
        return accounts, self._paid(rows)

    def _paid(self, rows: list[Row]) -> Paid:
        paid: Paid = {}
        bare: list[int] = []
        for row in rows:
            paid |= zip(row["a_key"], zip(*(row[name] for name in PACKS), strict=True), strict=True)
            bare += compress(row["a_key"], (count and not text for count, text in zip(row["a_sent"], row["payees"], strict=True)))
        if bare:  # too many to be packed
            pairs = self._pairs(bare).texts(None)
            columns = (pairs[name].to_pylist() for name in ("account_key", "payees", "repeats"))
            paid |= {key: (payees, repeats or "", *paid[key][2:]) for key, payees, repeats in zip(*columns, strict=True)}
        return paid

    def _pairs(self, keys: list[int]) -> Pairs:
        """Whom accounts ever paid, relationship by relationship."""
        row = self.ask(read_queries.PAIRS, {"keys": keys, "nothing": int(NO_AMOUNT)})
        return Pairs.of_table(pa.table({name: pa.chunked_array([row[name]], kind) for name, kind in PAIRS.items()}))

    def near(
        self, key: int, directions: tuple[Direction, ...], question: Filter, most: int | None
    ) -> tuple[Accounts, dict[Direction, pa.Table]]:
        """An account, per direction its newest `most` transfers of the window (all that fit or state no amount when None), and the other ends."""
        asked = {"keys": [key], "nothing": int(NO_AMOUNT)} | window(question)
        asked |= value(question) if most is None else {"most": most}
        row = self.ask(NEAR[most is not None][directions], asked)
        own = all_there(accounts_of(row, "a_"), 1)
        return Accounts.joined([own, accounts_of(row, "b_")]), {each: _edge_table(row, PREFIX[each]) for each in directions}

    def layer(
        self, keys: Ints, directions: tuple[Direction, ...], question: Filter, most: int, hub_degree: int
    ) -> tuple[Accounts, dict[Direction, pa.Table]]:
        """Accounts, and per direction the newest `most` transfers of the window of those with a degree below `hub_degree`."""
        asked = {"nothing": int(NO_AMOUNT), "most": most, "hub_degree": hub_degree} | window(question)
        rows = [self.ask(LAYER[directions], asked | {"keys": part.tolist()}) for part in parts(keys)]
        accounts = all_there(Accounts.joined([accounts_of(row, "a_") for row in rows]), len(keys))
        return accounts, {
            each: pa.concat_tables([EDGES.empty_table(), *(_edge_table(row, PREFIX[each]) for row in rows)]) for each in directions
        }

    def among(self, keys: Ints, more: Ints, others: Ints, question: Filter, most: int) -> tuple[Accounts, pa.Table]:
        """Accounts, and what those of them that ever sent at most `most`, and `more`, sent to `others` in the window."""
        asked = {"nothing": int(NO_AMOUNT), "most": most, "others": others.tolist()} | window(question)
        asked_parts = list(parts(keys)) or [keys]
        rows = [
            self.ask(read_queries.AMONG, asked | {"keys": part.tolist(), "more": [] if at else more.tolist()})
            for at, part in enumerate(asked_parts)
        ]
        accounts = all_there(Accounts.joined([accounts_of(row, "a_") for row in rows]), len(keys))
        return accounts, pa.concat_tables([_edge_table(row, "out_") for row in rows])

    def newest(self, keys: Ints, direction: Direction, question: Filter, most: int, others: Ints | None = None) -> pa.Table:
        """Of each account the newest `most` transfers of the window in one direction (of these, those with `others`), as EDGES in no order."""
        text = (NEWEST if others is None else NEWEST_WITH)[direction]
        return self._edges(text, keys, window(question) | {"most": most}, others)

    def all(self, keys: Ints, direction: Direction, question: Filter, others: Ints | None = None) -> pa.Table:
        """The transfers of the accounts in one direction that fit the question or state no amount, as EDGES in no order."""
        text = (ALL if others is None else ALL_WITH)[direction]
        return self._edges(text, keys, window(question) | value(question), others)

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
        rows = [self.ask(COUNT[direction], {"keys": keys.tolist()} | window(question))]
        order = np.argsort(keys)
        counts[order[np.searchsorted(keys[order], ints(rows, "key"))]] = ints(rows, "n")
        return counts

    def others(self, keys: Ints, directions: Iterable[Direction], question: Filter) -> tuple[Ints, Ints]:
        """Accounts on the other end of fitting transfers, each once and sorted by key, and their degrees."""
        ever = question.is_timeless and question.min_minor is None
        rows = [
            self.ask((OTHERS_EVER if ever else OTHERS)[direction], {"keys": part.tolist()} | window(question) | value(question))
            for direction in directions
            for part in parts(keys)
        ]
        key, place = np.unique(ints(rows, "key"), return_index=True)
        return key, ints(rows, "degree")[place]

    def _edges(self, text: LiteralString, keys: Ints, parameters: Mapping[str, object], others: Ints | None) -> pa.Table:
        more = {} if others is None else {"others": others.tolist()}
        tables = []
        for part in parts(keys):
            row = self.ask(text, {"keys": part.tolist(), "nothing": int(NO_AMOUNT)} | dict(parameters) | more)
            tables.append(_edge_table(row))
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


def _edge_table(row: Row, prefix: str = "") -> pa.Table:
    raw = pa.py_buffer(bytes.fromhex("".join(row[f"{prefix}id"])))
    amount = np.array(row[f"{prefix}amount"], np.int64)
    return pa.Table.from_arrays(
        [
            pa.array(row[f"{prefix}src"], pa.int64()),
            pa.array(row[f"{prefix}dst"], pa.int64()),
            pa.array(row[f"{prefix}ts"], pa.int64()),
            pa.array(row[f"{prefix}timed"], pa.bool_()),
            pa.array(amount, mask=amount == NO_AMOUNT),
            pa.array(row[f"{prefix}currency"], pa.string()),
            pa.FixedSizeBinaryArray.from_buffers(TRANSFER_ID, len(amount), [None, raw]),
        ],
        schema=EDGES,
    )


def accounts_of(row: Row, prefix: str) -> Accounts:
    """The accounts of an answer, in the server's order."""
    key, sent, received = (np.array(row[prefix + name], np.int64) for name in ("key", "sent", "received"))
    id_, kind = (np.array(row[prefix + name], np.object_) for name in ("id", "kind"))
    order = np.argsort(key)
    return Accounts(key[order], id_[order], kind[order], sent[order], received[order])


def all_there(accounts: Accounts, wanted: int) -> Accounts:
    """NotFoundError when some of the accounts asked for are not there."""
    missing = wanted - len(accounts.key)
    if missing:
        raise NotFoundError("no such account in this snapshot" if missing == 1 else f"{missing} accounts are not in this snapshot")
    return accounts


def parts(keys: Frontier) -> Iterable[Frontier]:
    """A frontier cut into what one statement takes."""
    return (keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE))


def halves(keys: Ints) -> list[Ints]:
    """A frontier cut into two, where that is worth it, and no larger than one statement takes; one part at least, though it be empty."""
    count = max(1, -(-len(keys) // _AT_ONCE), 2 * (len(keys) >= _WORTH_TWO))
    return np.array_split(keys, count)


def ints(rows: list[Row], name: str) -> Ints:
    """One column of whole numbers of several answers."""
    return np.concatenate([np.empty(0, np.int64), *(np.array(row[name], np.int64) for row in rows)])
