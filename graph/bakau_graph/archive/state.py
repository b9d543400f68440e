"""What one ledger version sees, read in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bakau.errors import VaultError
from bakau_graph.archive.ledger import current_version, read_incomplete
from bakau_graph.archive.listing import Entry, Listing
from bakau_graph.archive.records import Batch, BatchIdentity, LoadReport, Run, Source
from bakau_graph.archive.statements import read_gaps
from bakau_graph.archive.vault import open_bytes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from bakau.workspace import Workspace

SEALED_NAME = "(sealed)"
PURGED_NAME = "(purged)"
FILE_NAME_CONTEXT = "file name"


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Sources, visible batches, their segments, marks and runs of one version.

    `loaded_as` names the open segments a batch was loaded as, which say what its facts are, whatever files hold them now.
    """

    version: int
    sources: list[Source]
    batches: list[Batch]
    all_batches: list[str]
    segments: dict[tuple[str, str], list[Entry]]
    loaded_as: dict[str, list[str]]
    marks: list[sqlite3.Row]
    runs: list[Run]
    run_segments: dict[tuple[str, str], str]

    def listing(self, table: str, kind: str, batch_ids: Iterable[str]) -> Listing:
        """Where the rows of a table and kind of these batches lie."""
        return Listing.build(self.segments.get((table, kind), []), batch_ids)

    def segment_names(self, batch_id: str) -> list[str]:
        """Names of all open segments a batch was loaded as."""
        return self.loaded_as.get(batch_id, [])

    def run_names(self, run_id: str, table: str) -> list[str]:
        """The segment of a derived table of a run, as a list of one or none."""
        name = self.run_segments.get((run_id, table))
        return [name] if name else []


def read_state(workspace: Workspace, connection: sqlite3.Connection, version: int | None) -> LedgerState:
    """Read everything a snapshot of `version` (the newest when None) needs, in one read transaction."""
    connection.execute("BEGIN")
    try:
        number = current_version(connection) if version is None else min(version, current_version(connection))
        return LedgerState(
            version=number,
            sources=[
                read_source(row) for row in connection.execute("SELECT * FROM source WHERE added_in <= ? ORDER BY source_id", (number,))
            ],
            batches=read_batches(workspace, connection, number, withdrawn=False),
            all_batches=[row[0] for row in connection.execute("SELECT batch_id FROM batch WHERE added_in <= ? ORDER BY seq", (number,))],
            segments=_read_segments(connection, number),
            loaded_as=_read_loaded_as(connection),
            marks=connection.execute("SELECT * FROM protection WHERE added_in <= ? ORDER BY recorded_us, rowid", (number,)).fetchall(),
            runs=[
                read_run(row)
                for row in connection.execute("SELECT * FROM run WHERE added_in <= ? AND cleared_in IS NULL ORDER BY seq", (number,))
            ],
            run_segments={
                (row["run_id"], row["table_name"]): row["name"]
                for row in connection.execute("SELECT * FROM run_segment WHERE removed_in IS NULL")
            },
        )
    finally:
        connection.execute("ROLLBACK")


def read_batches(
    workspace: Workspace, connection: sqlite3.Connection, version: int, *, withdrawn: bool, file_sha256: str | None = None
) -> list[Batch]:
    """Batches of a version in ledger order: the visible ones, or with `withdrawn` all of them; of one file when its hash is given.

    One that was purged is visible in none.
    """
    key = workspace.find_vault_key()
    text = (
        "SELECT b.*, t.batch_id IS NOT NULL AS is_purged, "
        "t.batch_id IS NOT NULL OR (withdrawn_in IS NOT NULL AND withdrawn_in <= :version) AS is_withdrawn "
        "FROM batch b LEFT JOIN tombstone t USING (batch_id) "
        "WHERE added_in <= :version AND (:file IS NULL OR file_sha256 = :file) ORDER BY seq"
    )
    rows = connection.execute(text, {"version": version, "file": file_sha256})
    incomplete, gaps = read_incomplete(connection), read_gaps(connection, version, file_sha256)
    return [
        _read_batch(row, key, incomplete.get(row["batch_id"], ()) + gaps.get(row["batch_id"], ()))
        for row in rows
        if withdrawn or not row["is_withdrawn"]
    ]


def _read_batch(row: sqlite3.Row, key: bytes | None, incomplete: tuple[str, ...]) -> Batch:
    report = LoadReport(
        row["batch_id"], row["received"], row["loaded"], row["rejected"], row["duplicates"], row["conflicts"], json.loads(row["row_counts"]),
        row["rounded"],
    )  # fmt: skip
    return Batch(
        batch_id=row["batch_id"],
        seq=row["seq"],
        identity=BatchIdentity(row["source_id"], row["file_sha256"], row["mapping_hash"], row["reader"]),
        file_name=PURGED_NAME if row["is_purged"] else _open_name(row["file_name"], key),
        declares_corrections=bool(row["declares_corrections"]),
        loaded_us=row["loaded_us"],
        loaded_by=row["loaded_by"],
        seconds=row["seconds"],
        report=report,
        withdrawn=bool(row["is_withdrawn"]),
        withdrawn_reason=row["withdrawn_reason"] if row["is_withdrawn"] else None,
        incomplete=incomplete,
        purged=bool(row["is_purged"]),
    )


def _open_name(sealed: bytes, key: bytes | None) -> str:
    if key is None:
        return SEALED_NAME
    try:
        return open_bytes(key, sealed, FILE_NAME_CONTEXT).decode()
    except VaultError:
        return SEALED_NAME


def read_source(row: sqlite3.Row) -> Source:
    """A source from its ledger row."""
    until = date.fromisoformat(row["keep_until"]) if row["keep_until"] else None
    return Source(
        row["source_id"],
        row["name"],
        row["kind"],
        row["authority"],
        row["legal_basis"],
        tuple(json.loads(row["purposes"])),
        until,
        bool(row["training"]),
    )


def read_run(row: sqlite3.Row) -> Run:
    """A run from its ledger row."""
    return Run(
        row["run_id"], row["snapshot_version"], row["fact_digest"], row["code"], row["packs"], row["engine"], row["seed"], row["created_by"],
        row["previous"], row["created_us"], row["seq"], json.loads(row["parameters"]),
    )  # fmt: skip


def _read_segments(connection: sqlite3.Connection, version: int) -> dict[tuple[str, str], list[Entry]]:
    """Open segments as of the version; vault segments as they are now, because the vault alone may forget."""
    found: dict[tuple[str, str], list[Entry]] = {}
    rows = connection.execute(
        "SELECT * FROM segment WHERE removed_in IS NULL AND (kind = 'vault' OR added_in <= ?) ORDER BY rowid", (version,)
    )
    for row in rows:
        entry = Entry(row["batch_id"], row["name"], shared=bool(row["shared"]))
        found.setdefault((row["table_name"], row["kind"]), []).append(entry)
    return found


def _read_loaded_as(connection: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in connection.execute("SELECT batch_id, name FROM segment WHERE kind = 'open' AND NOT shared ORDER BY rowid"):
        found.setdefault(row["batch_id"], []).append(row["name"])
    return found
