"""Files the ledger has let go: each goes from its time on, swept by whichever writer comes next.

Compaction lets old segments go after `KEEP_REPLACED_US`, so that readers on an older snapshot can end; a purge and a redaction at
once. The list is committed with the change itself: a crash on the way loses nothing, and the next writer ends the work.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from bakau.errors import LockedError
from bakau.times import HOUR_US
from bakau_graph.archive import ledger
from bakau_graph.archive.lock import waiting_lock, writer_lock
from bakau_graph.archive.segment import segment_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from bakau.workspace import Workspace

#: How long a file that was rewritten into a larger one stays. A default of ours: longer than any analysis we know of.
KEEP_REPLACED_US = 24 * HOUR_US

#: Index files of a batch, and the generations of the networks with their marks: no segments, but they leave in the same way.
INDEX, NETWORK = "index", "network"

LISTED = "SELECT name FROM segment WHERE removed_in IS NULL UNION SELECT name FROM run_segment WHERE removed_in IS NULL"
_NAMES = {
    INDEX: re.compile(r"b-[a-z2-7]{16}\.[a-z_]+\.npy"),
    "vault": re.compile(r"[0-9a-f]{64}\.bkv"),
    "open": re.compile(r"[0-9a-f]{64}\.parquet"),
    NETWORK: re.compile(r"embedded"),
}


def let_go(connection: sqlite3.Connection, kind: str, names: Iterable[str], from_us: int) -> None:
    """List files that go from that time on, inside the running transaction; an earlier time counts."""
    rows = [(kind, name, from_us) for name in names]
    connection.executemany(
        "INSERT INTO leaving VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET from_us = min(from_us, excluded.from_us)", rows
    )


def read_leaving(connection: sqlite3.Connection) -> set[str]:
    """Names of the files that are listed no more and may lie there still."""
    return {row[0] for row in connection.execute("SELECT name FROM leaving")}


def sweep(workspace: Workspace, ledger_path: Path, now_us: int) -> int:
    """Delete the files whose time has come; how many. Call with the writer lock held."""
    connection = ledger.connect(ledger_path)
    try:
        due = [(row[0], row[1]) for row in connection.execute("SELECT kind, name FROM leaving WHERE from_us <= ?", (now_us,))]
        if not due:
            return 0
        listed = {row[0] for row in connection.execute(LISTED)}
        for kind, name in due:
            if name not in listed and _NAMES[kind].fullmatch(name):
                _erase(workspace, kind, name)
        with ledger.transaction(connection):
            connection.executemany("DELETE FROM leaving WHERE kind = ? AND name = ?", due)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    return len(due)


def place_of(workspace: Workspace, kind: str, name: str) -> Path:
    """Where a file of that kind lies."""
    if kind == INDEX:
        return workspace.archive / "index" / name
    return segment_path(workspace.vault if kind == "vault" else workspace.archive / "segments", name)


def _erase(workspace: Workspace, kind: str, name: str) -> None:
    if kind == NETWORK:
        _clear_network(workspace.network)
    else:
        place_of(workspace, kind, name).unlink(missing_ok=True)


def _clear_network(folder: Path) -> None:
    """Remove every generation of the embedded network, its marks, and what an export for Neo4j left; all are made again when asked for."""
    if not folder.is_dir():
        return
    with waiting_lock(folder / "build.lock"):
        for pattern in ("gen-*", ".making-*", "CURRENT", ".CURRENT", "marks.arrow", ".marks.arrow"):
            for path in folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    try:
        with writer_lock(folder / "neo4j.lock"):
            shutil.rmtree(folder / ".neo4j-export", ignore_errors=True)
    except LockedError:  # somebody is importing it this very moment, and removes it then
        return
