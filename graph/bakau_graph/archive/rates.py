"""Dated exchange rates in the ledger: every table ever loaded, none ever changed. A later one wins where both say something.

Rates are integers: `mantissa` / 10^`places` units of `quote` for one unit of `base`. The tables are made with the first file of rates, so
they need no format number: a ledger without them has no rates, and an older Bakau passes over them.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_graph.archive import ledger

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

#: Digits of a rate before and after the point together; a default of ours: it leaves room for every amount in 128 bits.
MOST_DIGITS = 15
#: Rows of rates as `load_rates` gives them; `day` counts from 1970, `table` is the number of the file they came with.
SCHEMA = pa.schema(
    [("table", pa.int64()), ("day", pa.int32()), ("base", pa.string()), ("quote", pa.string()), ("mantissa", pa.int64()), ("places", pa.int32())]
)  # fmt: skip
_ROW = ("day", "base", "quote", "mantissa", "places", "source")

#: What the ledger keeps of them, made with the first.
TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS rate_table (number INTEGER PRIMARY KEY, file_sha256 TEXT NOT NULL, reporting TEXT NOT NULL, "
        "row_count INTEGER NOT NULL, loaded_us INTEGER NOT NULL, loaded_by TEXT NOT NULL, added_in INTEGER NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE IF NOT EXISTS rate (number INTEGER NOT NULL REFERENCES rate_table (number), day INTEGER NOT NULL, base TEXT NOT NULL, "
        "quote TEXT NOT NULL, mantissa INTEGER NOT NULL, places INTEGER NOT NULL, source TEXT NOT NULL, "
        "PRIMARY KEY (number, day, base, quote)) STRICT, WITHOUT ROWID"
    ),
    "CREATE TRIGGER IF NOT EXISTS rate_is_kept BEFORE DELETE ON rate BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END",
    "CREATE TRIGGER IF NOT EXISTS rate_stays BEFORE UPDATE ON rate BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END",
)


@dataclass(frozen=True, slots=True)
class RateTable:
    """One file of rates: its number, the bytes it came from, the reporting currency it asks for, rows, when, by whom, in which version."""

    number: int
    file_sha256: str
    reporting: str
    rows: int
    loaded_us: int
    loaded_by: str
    added_in: int


def list_rate_tables(ledger_path: Path, version: int | None = None) -> list[RateTable]:
    """The tables a version of the ledger sees (the newest by default), oldest first."""
    with closing(ledger.connect(ledger_path)) as connection:
        if not _has_tables(connection):
            return []
        rows = connection.execute("SELECT * FROM rate_table WHERE ?1 IS NULL OR added_in <= ?1 ORDER BY number", (version,))
        return [RateTable(*row) for row in rows]


def load_rates(ledger_path: Path, version: int) -> pa.Table:
    """Every rate a version sees, as SCHEMA says, the superseded ones too."""
    with closing(ledger.connect(ledger_path)) as connection:
        if not _has_tables(connection):
            return SCHEMA.empty_table()
        text = "SELECT r.number, day, base, quote, mantissa, places FROM rate r JOIN rate_table t USING (number) WHERE added_in <= ?"
        columns = list(zip(*connection.execute(text, (version,)), strict=True)) or [()] * len(SCHEMA)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def write_rates(connection: sqlite3.Connection, version: int, table: RateTable, rows: pa.Table) -> RateTable:
    """List a table of rates (columns day, base, quote, mantissa, places, source) inside the running transaction; its number is given here."""
    for statement in TABLES:
        connection.execute(statement)
    number = int(connection.execute("SELECT coalesce(max(number), 0) + 1 FROM rate_table").fetchone()[0])
    listed = RateTable(number, table.file_sha256, table.reporting, len(rows), table.loaded_us, table.loaded_by, version)
    connection.execute(
        "INSERT INTO rate_table VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, listed.file_sha256, listed.reporting, listed.rows, listed.loaded_us, listed.loaded_by, version),
    )
    columns = (rows[name].to_pylist() for name in _ROW)
    connection.executemany("INSERT INTO rate VALUES (?, ?, ?, ?, ?, ?, ?)", ((number, *row) for row in zip(*columns, strict=True)))
    return listed


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rate_table'").fetchone() is not None
