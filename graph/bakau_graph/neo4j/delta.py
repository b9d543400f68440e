"""One batch cut into chunks: for every id the batch touches, what the archive's current view says now.

The same chunks serve a batch that comes and one that goes; only the order of the steps differs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.neo4j import delta_queries as sql
from bakau_graph.neo4j import packs
from bakau_graph.neo4j import payment_queries as payments
from bakau_graph.neo4j.chunks import (
    Chunk,
    account_writes,
    holding_writes,
    identifier_writes,
    institution_writes,
    party_writes,
    tag_writes,
    transfer_writes,
)
from bakau_graph.neo4j.lanes import Planned
from bakau_graph.neo4j.pairs import Pairs
from bakau_graph.neo4j.schema import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import duckdb

    from bakau_graph.archive.snapshot import Snapshot
    from bakau_graph.neo4j.chunks import Write

#: Ids per chunk, and so per transaction.
CHUNK_ROWS = 10_000
#: What is written first when a batch comes; a batch that goes is taken out in the opposite order.
STEPS = ("institution", "party", "account", "holding", "identifier", "tag", "transfer", "payment")
#: What the database says of the ends of a transfer.
HELD_END = pa.schema({"id": pa.string(), "src_key": pa.int64(), "dst_key": pa.int64(), "currency": pa.string()})
#: Groups of accounts of a chunk that goes alone.
EVERY_GROUP = frozenset(range(sql.GROUPS))
_HANGING: dict[str, Callable[[pa.Table], list[Write]]] = {
    "holding": holding_writes, "identifier": identifier_writes, "tag": tag_writes,
}  # fmt: skip


class Delta:
    """Rows of a snapshot's current view, batch after batch; holds a DuckDB connection until it is closed."""

    def __init__(
        self, snapshot: Snapshot, *, hub_degree: int, size: int = CHUNK_ROWS, held_ends: Callable[[list[str]], pa.Table] | None = None
    ) -> None:
        """`held_ends` says of transfers what the database holds of their ends, as HELD_END."""
        self._snapshot, self._hub_degree, self._size, self._held_ends = snapshot, hub_degree, size, held_ends
        self.connection: duckdb.DuckDBPyConnection = snapshot.connect(protection=False)
        snapshot.hide_protected_tags(self.connection)
        self.connection.execute(sql.EDGE)
        self.connection.register("pack_bound", packs.bound())

    def close(self) -> None:
        """Give the memory back."""
        self.connection.close()

    def chunk_id(self, batch_id: str, step: str, number: int) -> str:
        """What a chunk is called in the database; how it was cut belongs to it, because another size cuts otherwise.

        Payments are cut by what other batches brought as well: theirs are good for one snapshot only.
        """
        if step == "payment":
            step = f"payment@{self._snapshot.digest}"
        return f"{batch_id}|{step}|{self._size}/{sql.GROUPS}|{number}"

    def chunks(
        self, batch_id: str, others: Sequence[str], done: Collection[str], *, settled: Sequence[str] = (), going: bool
    ) -> Iterator[Planned]:
        """Chunks of a batch that are not `done`, each to be built when its turn has come; not from two threads at once.

        `others`: the batches the database has begun to hold besides; `settled`: those of them it holds whole.
        """
        self._snapshot.add_raw(self.connection, "own", [batch_id])
        self._snapshot.add_raw(self.connection, "other", others)
        self._snapshot.add_raw(self.connection, "settled", settled)
        self.connection.execute(payments.PAYMENT_REFERENCES)
        for step in reversed(STEPS) if going else STEPS:
            prepare, build = self._steps[step]
            if not self._has_rows(step):
                continue
            for number in range(prepare()):
                if self.chunk_id(batch_id, step, number) not in done:
                    yield Planned(self._groups(number) if step == "transfer" else EVERY_GROUP, partial(build, number))

    @property
    def _steps(self) -> dict[str, tuple[Callable[[], int], Callable[[int], Chunk]]]:
        return {
            "institution": (self._preparing("institution", sql.touched_institutions, sql.INSTITUTION_ROWS), self._institutions),
            "party": (self._preparing("party", sql.touched_parties, sql.PARTY_ROWS), self._parties),
            "account": (self._preparing("account", sql.touched_accounts, sql.ACCOUNT_ROWS.format(target="account_row")), self._accounts),
            "holding": (self._preparing("holding", sql.touched_holdings, sql.HOLDING_ROWS), self._holdings),
            "identifier": (self._preparing("identifier", sql.touched_identifiers, sql.IDENTIFIER_ROWS), self._identifiers),
            "tag": (self._preparing("tag", sql.touched_tags, sql.TAG_ROWS), self._tags),
            "transfer": (self._prepare_transfers, partial(self._transfers, "transfer")),
            "payment": (self._prepare_payments, partial(self._transfers, "payment")),
        }

    def _has_rows(self, step: str) -> bool:
        if step == "payment":
            return bool(self._first("SELECT EXISTS (SELECT 1 FROM shared_reference)"))
        tables = {"account": ("account", "transfer"), "institution": ("institution", "account")}.get(step, (step,))
        return any(self._first(f"SELECT EXISTS (SELECT 1 FROM own_{table})") for table in tables)

    def _first(self, text: str) -> int:
        return int(self.connection.execute(text).fetchall()[0][0] or 0)

    def _preparing(self, step: str, touched: Callable[[int], str], rows: str) -> Callable[[], int]:
        def prepare() -> int:
            self.connection.execute(touched(self._size))
            if step == "account":
                self._pack(sql.OF_TOUCHED)
            self.connection.execute(rows)
            if step in sql.HANGING:
                for name, text in sql.HANGING[step].items():
                    self.connection.execute(f"CREATE OR REPLACE TEMP TABLE hanging_{name} AS {text}")
            return self._first(f"SELECT max(chunk) + 1 FROM touched_{step}")

        return prepare

    def _prepare_transfers(self) -> int:
        for text in (sql.touched_transfers(self._size), sql.TRANSFER_ROWS, sql.TOUCHED_PAIRS, sql.PAID_ROWS, sql.SIDE_ACCOUNTS):
            self.connection.execute(text)
        self._pack(sql.OF_TOUCHED)
        self.connection.execute(sql.ACCOUNT_ROWS.format(target="side_row"))
        return self._first("SELECT max(chunk) + 1 FROM touched_transfer")

    def _prepare_payments(self) -> int:
        """Transfers that may be one payment with a transfer of the batch: they are written again, whoever brought them."""
        self.connection.execute(payments.BEGIN_PAYMENTS)
        count = -1
        while count != (grown := self._first("SELECT count(*) FROM touched_payment")):
            count = grown
            self.connection.execute(payments.GROW_PAYMENTS)
        self.connection.execute(payments.touched_payments(self._size))
        ids = self.connection.execute("SELECT id FROM touched_transfer ORDER BY id").fetchnumpy()["id"].tolist()
        self.connection.register("held_end", self._held_ends(ids) if self._held_ends is not None else HELD_END.empty_table())
        for text in (sql.TRANSFER_ROWS, payments.PAYMENT_PAIRS, sql.PAID_ROWS, payments.PAYMENT_ACCOUNTS):
            self.connection.execute(text)
        self.connection.unregister("held_end")
        self._pack(sql.OF_TOUCHED)
        self.connection.execute(sql.ACCOUNT_ROWS.format(target="side_row"))
        return self._first("SELECT max(chunk) + 1 FROM touched_transfer")

    def _groups(self, number: int) -> frozenset[int]:
        """Groups of accounts a chunk of transfers touches."""
        rows = self.connection.execute(
            f"SELECT of_group FROM ({sql.GROUPS_OF_CHUNKS}) WHERE chunk = $number", {"number": number}
        ).fetchall()
        return frozenset(int(row[0]) for row in rows)

    # --- one chunk of each step -------------------------------------------------------------------------------------------

    def _read(self, table: str, number: int) -> pa.Table:
        return self.connection.sql(f"SELECT * FROM {table} WHERE chunk = $number", params={"number": number}).to_arrow_table()

    def _chunk(self, step: str, number: int, writes: Sequence[Write], *, rows_of: str | None = None) -> Chunk:
        name = f"{rows_of or step}_row"
        hashes = self.connection.execute(
            f"SELECT count(*) AS n, coalesce(bit_xor(hash({name})), 0) AS h FROM {name} WHERE chunk = $number", {"number": number}
        ).fetchall()
        rows, checksum = hashes[0]
        return Chunk(step, number, int(rows), f"{int(checksum):016x}", tuple(writes))

    def _hanging(self, number: int) -> list[Write]:
        """Links of other batches to what this chunk brings."""
        return [write for name, build in _HANGING.items() for write in build(self._read(f"hanging_{name}", number))]

    def _institutions(self, number: int) -> Chunk:
        return self._chunk("institution", number, institution_writes(self._read("institution_row", number)))

    def _parties(self, number: int) -> Chunk:
        return self._chunk("party", number, [*party_writes(self._read("party_row", number)), *self._hanging(number)])

    def _accounts(self, number: int) -> Chunk:
        writes = account_writes(self._read("account_row", number), ACCOUNTS.names, self._hub_degree)
        return self._chunk("account", number, [*writes, *self._hanging(number)])

    def _holdings(self, number: int) -> Chunk:
        return self._chunk("holding", number, holding_writes(self._read("holding_row", number)))

    def _identifiers(self, number: int) -> Chunk:
        return self._chunk("identifier", number, identifier_writes(self._read("identifier_row", number)))

    def _tags(self, number: int) -> Chunk:
        return self._chunk("tag", number, tag_writes(self._read("tag_row", number)))

    def _transfers(self, step: str, number: int) -> Chunk:
        side = account_writes(self._read("side_row", number), ACCOUNTS.names, self._hub_degree)
        writes = transfer_writes(self._read("transfer_row", number), self._read("paid_row", number))
        return self._chunk(step, number, [*writes, *side], rows_of="transfer")

    def _pack(self, of: str) -> None:
        """Pack the pairs of the payers whose transfers `of` leaves."""
        self.connection.execute(sql.pairs(of))
        self.connection.execute(sql.PACK)
        for piece in range(sql.PIECES):
            found = self.connection.sql(sql.PIECE, params={"piece": piece}).to_arrow_table()
            self.connection.register("packed", Pairs.of_table(found).texts(packs.MOST_PAYEES))
            self.connection.execute("INSERT INTO pack SELECT * FROM packed")
            self.connection.unregister("packed")

    # --- the whole --------------------------------------------------------------------------------------------------------

    def pack_all(self) -> None:
        """What the statements for all accounts and all pairs read."""
        self._pack("")

    def totals(self) -> dict[str, object]:
        """What the database says about itself when it stands on this snapshot."""
        row = self.connection.execute(sql.TOTALS).fetchall()[0]
        currencies = self.connection.execute(sql.CURRENCIES).fetchall()
        return {
            "accounts": self._first("SELECT count(*) FROM (SELECT DISTINCT account_key FROM raw_account)"),
            "transfers": int(row[0]),
            "null_amounts": int(row[1]),
            "first_us": row[2],
            "last_us": row[3],
            "currencies": [currency for currency, _, _ in currencies],
            "currency_transfers": [count for _, count, _ in currencies],
            "currency_null_amounts": [nulls for _, _, nulls in currencies],
        }

    def known_accounts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Keys of every account of the snapshot."""
        keys = self.connection.execute("SELECT DISTINCT account_key AS k FROM raw_account").fetchnumpy()["k"]
        return np.asarray(keys, dtype=np.int64)
