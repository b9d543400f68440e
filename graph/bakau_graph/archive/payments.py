"""The answer of `same_payment`, kept beside the archive: found once per state of the facts, by the first reader who needs it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bakau.model import TRANSFER
from bakau_graph.archive import same_payment
from bakau_graph.archive.same_payment import HAS_REFERENCE, RULE, find_same_payments
from bakau_graph.archive.view import MERGED_PAYMENTS

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import numpy.typing as npt

    Keys = npt.NDArray[np.int64]

#: Where the answers lie, in the archive's folder; they may be deleted at any time.
FOLDER = "payments"
_KEPT = 3
#: same_payment.SCHEMA and the other columns of `transfer`: what the payment comes to, where `place` is 0; null elsewhere.
SCHEMA = pa.schema(
    [
        *same_payment.SCHEMA,
        *(pa.field(column.name, column.type) for column in TRANSFER.open_columns if column.name not in same_payment.SCHEMA.names),
    ]
)
_ANY_REFERENCE = f"SELECT 1 FROM raw_transfer WHERE {HAS_REFERENCE} LIMIT 1"

#: Two numbers of one account, as two files tell of one payment: the one they agreed on, and the one that was given up for it.
_ALIASES = """
SELECT s.src_key AS one, t.src_key AS other FROM same_payment s JOIN stated_transfer t USING (transfer_id) WHERE t.src_key <> s.src_key
UNION
SELECT s.dst_key, t.dst_key FROM same_payment s JOIN stated_transfer t USING (transfer_id) WHERE t.dst_key <> s.dst_key
"""


def load_same_payments(folder: Path, digest: str, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The same payments (SCHEMA) of the facts of this digest, over the views of `connection` when they are not kept yet."""
    path = folder / f"{digest}-{RULE}.parquet"
    with suppress(OSError, pa.ArrowException):
        return pq.read_table(path, partitioning=None).cast(SCHEMA)
    if not connection.execute(_ANY_REFERENCE).fetchall():
        return SCHEMA.empty_table()
    connection.register("found_payment", find_same_payments(connection))
    found = connection.sql(MERGED_PAYMENTS).to_arrow_table().cast(SCHEMA)
    connection.unregister("found_payment")
    with suppress(OSError):  # a full disk or a folder that is only read: the next reader finds it again
        _keep(path, found)
    return found


def drop_same_payments(archive: Path) -> None:
    """Delete every kept answer: some may speak of rows that are gone."""
    shutil.rmtree(archive / FOLDER, ignore_errors=True)


def _keep(path: Path, found: pa.Table) -> None:
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        pq.write_table(found, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    newest = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in newest[_KEPT:]:
        old.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Aliases:
    """Pairs of numbers that some payment shows to be one account."""

    one: Keys
    other: Keys

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection) -> Aliases:
        """Those of the views of a snapshot's `connect`."""
        if not connection.execute("SELECT 1 FROM same_payment LIMIT 1").fetchall():
            return cls(np.empty(0, np.int64), np.empty(0, np.int64))
        found = connection.execute(_ALIASES).fetchnumpy()
        return cls(np.asarray(found["one"], np.int64), np.asarray(found["other"], np.int64))

    def extend(self, accounts: Keys) -> Keys:
        """These accounts under all their numbers, sorted."""
        accounts = np.unique(accounts)
        while True:
            more = np.concatenate([accounts, self.other[np.isin(self.one, accounts)], self.one[np.isin(self.other, accounts)]])
            grown: Keys = np.unique(more)
            if len(grown) == len(accounts):
                return grown
            accounts = grown
