"""Many small segments of a source become few large ones; no fact, id, count or digest changes (decision 0009).

Each row of the new file says whose it is (`batch_id`), so a batch that is withdrawn later goes by its rows. Batches of one source share
a file, batches of two never do: what has to be deleted together lies together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from bakau.errors import ArchiveError
from bakau.model import get_table
from bakau.times import now_us
from bakau_graph.archive import ledger
from bakau_graph.archive.leaving import KEEP_REPLACED_US, let_go, place_of
from bakau_graph.archive.orphans import clear_orphans
from bakau_graph.archive.segment import SegmentWriter, move_into_place, seal, sha256_of, write_intent
from bakau_graph.archive.vault import open_vault_segment, shared_schema, stage_vault_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bakau.progress import Progress
    from bakau.workspace import Workspace
    from bakau_graph.archive.archive import Archive

#: Rows a file grows to, by kind. Defaults of ours: a vault segment is opened whole in memory. One of half that size is left as it is, so
#: that a row is rewritten a few times in its life and not with every compaction.
TARGET_ROWS = {"open": 4_000_000, "overlap": 4_000_000, "vault": 1_000_000}
_LABEL = "compact"
_WRITE_ROWS = 1_000_000
REASON = "compacted"
_CODES = pa.dictionary(pa.int32(), pa.string())

_FILES = """
SELECT b.source_id, s.table_name, s.kind, s.name, s.shared, s.batch_id, s.row_count, s.added_in, b.withdrawn_in IS NULL AS stands
FROM segment s JOIN batch b USING (batch_id) WHERE s.removed_in IS NULL ORDER BY b.seq, s.rowid
"""


@dataclass(frozen=True, slots=True)
class File:
    """A listed segment: whose rows it holds (batch, rows, version the batch came with)."""

    name: str
    kind: str
    table: str
    shared: bool
    owners: tuple[tuple[str, int, int], ...]

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(count for _, count, _ in self.owners)


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compaction did: files rewritten and files made of them, rows in these; vault files left because the key is not here."""

    files_before: int
    files_after: int
    rows: int
    vault_left: int


@dataclass(frozen=True, slots=True)
class _Made:
    """A new file, staged, and the files it stands for."""

    name: str
    path: Path
    old: tuple[File, ...]


def compact(archive: Archive, progress: Progress, *, target_rows: int | None = None) -> Compaction:
    """Rewrite small segments into large ones under the writer lock; the ledger commit switches. The same again does nothing.

    Old files stay for readers on an older snapshot and are swept by a later writer (`leaving.KEEP_REPLACED_US`). Raises LockedError,
    and ArchiveError when a segment is not what the ledger says: damage must not be given a new, valid name.
    """
    workspace = archive.workspace
    with archive.writer() as commit:
        groups = plan(workspace, target_rows)
        key = workspace.find_vault_key()
        left = sum(len(group) for group in groups if group[0].kind == "vault") if key is None else 0
        groups = [group for group in groups if key is not None or group[0].kind != "vault"]
        if not groups:
            return Compaction(0, 0, 0, left)
        try:
            made = _make(workspace, groups, key, progress)
            with commit("archive.compact") as (connection, version):
                for each in made:
                    _switch(connection, each, version)
        finally:
            clear_orphans(workspace, workspace.archive / ledger.FILE_NAME)
    return Compaction(sum(len(each.old) for each in made), len(made), sum(file.rows for each in made for file in each.old), left)


def _make(workspace: Workspace, groups: list[list[File]], key: bytes | None, progress: Progress) -> list[_Made]:
    """Write the new files and put them in place; nothing lists them yet."""
    staging = workspace.archive / "staging"
    made = []
    for number, group in enumerate(groups):
        made.append(_rewrite(workspace, group, f"{_LABEL}.{number}", key))
        progress.advance(sum(file.rows for file in group))
    write_intent(staging, _LABEL, [each.name for each in made])
    for each in made:
        move_into_place(each.path, workspace.vault if each.old[0].kind == "vault" else workspace.archive / "segments", each.name)
    return made


def plan(workspace: Workspace, target_rows: int | None = None) -> list[list[File]]:
    """Groups of files that become one each: same source, table and kind, in the order of the ledger, not above the target together."""
    open_groups: dict[tuple[str, str, str], list[File]] = {}
    closed: list[list[File]] = []
    for source_id, file in _read_files(workspace):
        target = target_rows or TARGET_ROWS[file.kind]
        if file.rows * 2 > target:
            continue
        key = (source_id, file.table, file.kind)
        group = open_groups.setdefault(key, [])
        if group and sum(each.rows for each in group) + file.rows > target:
            closed.append(group)
            group = open_groups[key] = []
        group.append(file)
    return [group for group in (*closed, *open_groups.values()) if len(group) > 1]


def _read_files(workspace: Workspace) -> Iterator[tuple[str, File]]:
    """Source and file of every listed segment that holds rows of a standing batch; one listed as two batches' own is left alone."""
    connection = ledger.connect(workspace.archive / ledger.FILE_NAME)
    try:
        rows = connection.execute(_FILES).fetchall()
    finally:
        connection.close()
    by_name: dict[tuple[str, str], list[sqlite3.Row]] = {}
    for row in rows:
        by_name.setdefault((row["kind"], row["name"]), []).append(row)
    for (kind, name), lines in by_name.items():
        shared = bool(lines[0]["shared"])
        if any(row["stands"] for row in lines) and (shared or len(lines) == 1):
            owners = tuple((row["batch_id"], row["row_count"], row["added_in"]) for row in lines)
            yield lines[0]["source_id"], File(name, kind, lines[0]["table_name"], shared, owners)


def _rewrite(workspace: Workspace, group: list[File], label: str, key: bytes | None) -> _Made:
    for file in group:
        _check_bytes(workspace, file)
    staging, first = workspace.archive / "staging", group[0]
    if first.kind == "vault":
        table = get_table(first.table)
        rows = pa.concat_tables(_owned(_open_vault(workspace, file, key or b""), file).cast(shared_schema(table)) for file in group)
        path = stage_vault_rows(staging, label, key or b"", table, rows)
        return _Made(seal(path, ".bkv"), path, tuple(group))
    name, path = _rewrite_open(workspace, group, label)
    return _Made(name, path, tuple(group))


def _rewrite_open(workspace: Workspace, group: list[File], label: str) -> tuple[str, Path]:
    """Stream the rows of open segments into one, in the order of the group, a large row group at a time."""
    writer: SegmentWriter | None = None
    waiting: list[pa.Table] = []
    for part in _read_open(workspace, group):
        writer = writer or SegmentWriter(workspace.archive / "staging", label, part.schema)
        waiting.append(part.cast(writer.schema))
        if sum(map(len, waiting)) >= _WRITE_ROWS:
            writer.write(pa.concat_tables(waiting).unify_dictionaries())
            waiting = []
    if writer is None:
        raise ArchiveError("segments without any row group", hint="bakau archive verify")
    if waiting:
        writer.write(pa.concat_tables(waiting).unify_dictionaries())
    return writer.close(), writer.path


def _read_open(workspace: Workspace, group: Iterable[File]) -> Iterator[pa.Table]:
    for file in group:
        found = pq.ParquetFile(place_of(workspace, file.kind, file.name))
        try:
            rows = found.read()
        finally:
            found.close()
        yield _owned(rows, file)


def _open_vault(workspace: Workspace, file: File, key: bytes) -> pa.Table:
    return open_vault_segment(workspace.vault, file.name, key, file.table)


def _owned(rows: pa.Table, file: File) -> pa.Table:
    """Rows that say whose they are; as many as the ledger says."""
    if len(rows) != file.rows:
        raise ArchiveError(f"a segment of {file.table} holds {len(rows)} rows, the ledger says {file.rows}", hint="bakau archive verify")
    if "batch_id" in rows.column_names:
        return rows
    (owner,) = file.owners
    codes = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(rows)), pa.array([owner[0]]))
    return rows.append_column(pa.field("batch_id", _CODES), codes)


def _check_bytes(workspace: Workspace, file: File) -> None:
    try:
        digest = sha256_of(place_of(workspace, file.kind, file.name))
    except OSError as error:
        raise ArchiveError(f"a segment of {file.table} is missing: {file.name}", hint="bakau archive verify") from error
    if digest != file.name.partition(".")[0]:
        raise ArchiveError(f"a segment of {file.table} was changed: {file.name}", hint="bakau archive verify")


def _switch(connection: sqlite3.Connection, made: _Made, version: int) -> None:
    """List the new file for every batch whose rows it holds; as what a batch was loaded, its old lines stay for ever."""
    first = made.old[0]
    counts: dict[str, tuple[int, int]] = {}
    for file in made.old:
        for batch_id, count, added_in in file.owners:
            counts[batch_id] = (counts.get(batch_id, (0, 0))[0] + count, added_in)
    names = [(first.kind, file.name) for file in made.old]
    connection.executemany("DELETE FROM segment WHERE kind = ? AND name = ? AND shared", names)
    connection.executemany(
        "UPDATE segment SET removed_in = ?, removed_reason = ? WHERE kind = ? AND name = ? AND removed_in IS NULL",
        [(version, REASON, *name) for name in names],
    )
    connection.executemany(
        "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, 1)",
        [(batch_id, first.table, first.kind, made.name, count, added_in) for batch_id, (count, added_in) in counts.items()],
    )
    let_go(connection, "vault" if first.kind == "vault" else "open", [file.name for file in made.old], now_us() + KEEP_REPLACED_US)
