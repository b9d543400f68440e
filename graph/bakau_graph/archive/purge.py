"""Purging: batches whose source may be kept no longer are deleted for real, and a tombstone in the ledger says what was there.

Gone: the bytes of their open and vault segments, their index, the sealed file name, every run whose facts held one of them, and the
generations of the embedded network. What other batches also hold stays. The ledger commit switches; the bytes go right after it, and
should the writer die in between, by the next writer's hand. Neo4j is filled anew by its next sync.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau.errors import RefusedError
from bakau.times import now_us
from bakau_graph.archive import ledger
from bakau_graph.archive.archive import whoami
from bakau_graph.archive.hold import read_holds
from bakau_graph.archive.leaving import INDEX, LISTED, NETWORK, let_go, place_of, sweep
from bakau_graph.archive.name_index import drop_name_index
from bakau_graph.archive.payments import drop_same_payments
from bakau_graph.archive.statements import forget_statements

if TYPE_CHECKING:
    import sqlite3
    from datetime import date
    from pathlib import Path

    from bakau.workspace import Workspace
    from bakau_graph.archive.archive import Archive

_EXPIRED = """
SELECT b.batch_id, b.source_id, s.keep_until, b.row_counts FROM batch b JOIN source s USING (source_id) LEFT JOIN tombstone t USING (batch_id)
WHERE s.keep_until IS NOT NULL AND s.keep_until < ? AND t.batch_id IS NULL ORDER BY b.seq
"""
#: Every file that holds rows of a batch or held some, listed or not: what compaction replaced may lie there still.
_FILES = "SELECT DISTINCT kind, name FROM segment WHERE batch_id = ?"
_ROWS = "SELECT coalesce(sum(row_count), 0) FROM segment WHERE batch_id = ? AND removed_in IS NULL"
#: Runs that read a snapshot in which the batch stood.
_RUNS = """
SELECT r.run_id FROM run r JOIN batch b ON b.batch_id = ? WHERE r.cleared_in IS NULL
AND r.snapshot_version >= b.added_in AND (b.withdrawn_in IS NULL OR r.snapshot_version < b.withdrawn_in)
"""


@dataclass(frozen=True, slots=True)
class ExpiredBatch:
    """A batch whose time is over: last day it might be kept, files and bytes that are its, rows in them."""

    batch_id: str
    source_id: str
    keep_until: str
    files: int
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge deletes or deleted: batches and runs; and what a legal hold keeps: source and reason."""

    batches: tuple[ExpiredBatch, ...]
    runs: tuple[str, ...]
    held: tuple[tuple[str, str], ...]


def plan_purge(archive: Archive, today: date) -> Purge:
    """What `purge` would delete on that day (UTC); changes nothing."""
    connection = _connect(archive.workspace)
    try:
        holds = read_holds(archive.workspace)
        rows = connection.execute(_EXPIRED, (today.isoformat(),)).fetchall()
        free = [row for row in rows if row["source_id"] not in holds]
        batches = tuple(_weigh(archive.workspace, connection, row) for row in free)
        runs = {found[0] for batch in batches for found in connection.execute(_RUNS, (batch.batch_id,))}
    finally:
        connection.close()
    held = sorted({row["source_id"] for row in rows} & set(holds))
    return Purge(batches, tuple(sorted(runs)), tuple((source_id, holds[source_id]) for source_id in held))


def purge(archive: Archive, today: date, *, who: str | None = None) -> Purge:
    """Delete every batch whose source's last day is before `today`, sources on hold aside. The same again deletes nothing.

    Raises RefusedError when all that is over is on hold, LockedError while somebody else writes.
    """
    person = who or whoami()
    with archive.writer() as commit:
        found = plan_purge(archive, today)
        if not found.batches:
            if found.held:
                raise RefusedError(
                    f"nothing was deleted: {', '.join(source_id for source_id, _ in found.held)} is on legal hold",
                    hint='bakau source hold SOURCE --release --reason "…"',
                )
            return found
        with commit("archive.purge", person) as (connection, version):
            connection.execute("PRAGMA secure_delete = ON")
            for batch in found.batches:
                _bury(connection, batch, version, person)
            for run_id in found.runs:
                connection.execute("UPDATE run SET cleared_in = ? WHERE run_id = ?", (version, run_id))
                connection.execute("UPDATE run_segment SET removed_in = ? WHERE run_id = ? AND removed_in IS NULL", (version, run_id))
            _let_go(archive.workspace, connection, found)
        sweep(archive.workspace, archive.workspace.archive / ledger.FILE_NAME, now_us())
        drop_same_payments(archive.workspace.archive)
        drop_name_index(archive.workspace)
    return found


def _connect(workspace: Workspace) -> sqlite3.Connection:
    return ledger.connect(workspace.archive / ledger.FILE_NAME)


def _weigh(workspace: Workspace, connection: sqlite3.Connection, row: sqlite3.Row) -> ExpiredBatch:
    places = [place_of(workspace, kind, name) for kind, name in connection.execute(_FILES, (row["batch_id"],))]
    sizes = [path.stat().st_size for path in (*places, *_indexes(workspace, row["batch_id"])) if path.is_file()]
    rows = connection.execute(_ROWS, (row["batch_id"],)).fetchone()[0]
    return ExpiredBatch(row["batch_id"], row["source_id"], row["keep_until"], len(sizes), sum(sizes), int(rows))


def _bury(connection: sqlite3.Connection, batch: ExpiredBatch, version: int, person: str) -> None:
    reason = f"purged: source {batch.source_id} might be kept until {batch.keep_until}"
    connection.execute(
        "INSERT INTO tombstone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (batch.batch_id, version, now_us(), person, reason, batch.keep_until, batch.files, batch.size_bytes, batch.rows),
    )
    connection.execute(
        "UPDATE batch SET withdrawn_in = ?, withdrawn_reason = ?, withdrawn_by = ? WHERE batch_id = ? AND withdrawn_in IS NULL",
        (version, reason, person, batch.batch_id),
    )
    connection.execute("UPDATE batch SET file_name = x'' WHERE batch_id = ?", (batch.batch_id,))
    connection.execute(
        "UPDATE segment SET removed_in = ?, removed_reason = ? WHERE batch_id = ? AND removed_in IS NULL", (version, reason, batch.batch_id)
    )
    ledger.forget_incomplete(connection, batch.batch_id)
    forget_statements(connection, batch.batch_id)


def _let_go(workspace: Workspace, connection: sqlite3.Connection, found: Purge) -> None:
    """Everything that is listed no more goes now: inside the same transaction, so that a crash forgets none of it."""
    listed = {row[0] for row in connection.execute(LISTED)}
    for batch in found.batches:
        for kind, name in connection.execute(_FILES, (batch.batch_id,)).fetchall():
            let_go(connection, "vault" if kind == "vault" else "open", [name] if name not in listed else [], 0)
        let_go(connection, INDEX, [path.name for path in _indexes(workspace, batch.batch_id)], 0)
    for run_id in found.runs:
        names = [row[0] for row in connection.execute("SELECT name FROM run_segment WHERE run_id = ?", (run_id,))]
        let_go(connection, "open", [name for name in names if name not in listed], 0)
    let_go(connection, NETWORK, ["embedded"], 0)


def _indexes(workspace: Workspace, batch_id: str) -> list[Path]:
    return sorted((workspace.archive / "index").glob(f"{batch_id}.*.npy"))
