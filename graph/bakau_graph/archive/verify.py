"""Is the archive what its ledger says? Every listed byte is hashed again, every count counted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from bakau.errors import BakauError, FormatError
from bakau.model import FORMAT
from bakau_graph.archive import ledger
from bakau_graph.archive.leaving import read_leaving
from bakau_graph.archive.orphans import pending_names
from bakau_graph.archive.segment import Segment, segment_path, sha256_of
from bakau_graph.archive.vault import open_vault_segment

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from bakau.progress import Progress
    from bakau.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what is wrong; `problems` is empty when the archive is clean."""

    segments: int
    vault_segments: int
    vault_opened: bool
    rows: int
    problems: tuple[str, ...]


def verify_archive(workspace: Workspace, progress: Progress) -> Verification:
    """Check the ledger's integrity, every listed segment's bytes, footer and row count, the vault's seals, and that nothing else lies there.

    Files that an interrupted writer announced are no problem: no reader sees them, and the next writer clears them away. Nor are those
    that the ledger has let go and a later writer sweeps. A batch that was purged is its tombstone, and nothing else of it.
    """
    connection = ledger.connect(workspace.archive / ledger.FILE_NAME)
    try:
        ledger.check_format(connection)
        problems = [f"ledger: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        problems += [f"ledger: broken reference in {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")]
        listed, leaving = _listed(connection), read_leaving(connection)
    finally:
        connection.close()
    key = workspace.find_vault_key()
    rows = 0
    for segment in listed:
        progress.advance()
        found, problem = _check_segment(workspace, segment, key)
        rows += found
        problems += [problem] if problem else []
    known, pending = {segment.name for segment in listed}, pending_names(workspace) | leaving
    problems += [
        f"unlisted file {path.name}"
        for folder in (workspace.archive / "segments", workspace.vault)
        for path in sorted(folder.glob("*/*"))
        if path.name not in known and path.name not in pending
    ]
    vault = sum(segment.kind == "vault" for segment in listed)
    return Verification(len(listed) - vault, vault, key is not None, rows, tuple(problems))


def _listed(connection: sqlite3.Connection) -> list[Segment]:
    text = (
        "SELECT table_name, kind, name, CASE WHEN shared THEN sum(row_count) ELSE max(row_count) END FROM segment "
        "WHERE removed_in IS NULL GROUP BY table_name, kind, name, shared "
        "UNION SELECT DISTINCT table_name, 'derived', name, row_count FROM run_segment WHERE removed_in IS NULL ORDER BY 1, 2, 3"
    )
    return [Segment(row[0], row[1], row[2], row[3]) for row in connection.execute(text)]


def _check_segment(workspace: Workspace, segment: Segment, key: bytes | None) -> tuple[int, str]:
    """Rows found in a listed segment, and what is wrong with it ("" when nothing)."""
    folder = workspace.vault if segment.kind == "vault" else workspace.archive / "segments"
    path = segment_path(folder, segment.name)
    what = f"{segment.kind} segment of {segment.table}"
    try:
        digest = sha256_of(path)
    except OSError:
        return 0, f"{what} is missing: {segment.name}"
    if digest != path.stem:
        return 0, f"{what} was changed: {segment.name}"
    try:
        found = _count_rows(workspace, segment, path, key)
    except (BakauError, pa.ArrowException, OSError) as error:
        return 0, f"{what} cannot be read: {segment.name}: {error}"
    if found is not None and found != segment.rows:
        return found, f"{what} holds {found} rows, the ledger says {segment.rows}: {segment.name}"
    return found or 0, ""


def _count_rows(workspace: Workspace, segment: Segment, path: Path, key: bytes | None) -> int | None:
    if segment.kind == "vault":
        return len(open_vault_segment(workspace.vault, path.name, key, segment.table)) if key is not None else None
    footer = pq.read_metadata(path)
    stored = int((footer.metadata or {}).get(b"bakau.format", b"0"))
    if stored > FORMAT:
        raise FormatError(f"its footer carries format {stored}")
    return int(footer.num_rows)
