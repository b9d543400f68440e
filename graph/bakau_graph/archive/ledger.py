"""The ledger: SQLite in WAL mode. What it lists is true, what it does not list does not exist.

A *version* is one commit. A batch, a mark or a run is visible in a snapshot when it was added in that version or before and not
withdrawn by it. Readers open their own connection, read one version and never wait.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bakau.errors import ArchiveError, FormatError
from bakau.model import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE version (version INTEGER PRIMARY KEY, recorded_us INTEGER NOT NULL, action TEXT NOT NULL, made_by TEXT NOT NULL) STRICT;
CREATE TABLE source (
    source_id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, authority TEXT NOT NULL, legal_basis TEXT NOT NULL,
    purposes TEXT NOT NULL, keep_until TEXT, training INTEGER NOT NULL, added_in INTEGER NOT NULL
) STRICT;
CREATE TABLE batch (
    seq INTEGER PRIMARY KEY, batch_id TEXT NOT NULL UNIQUE, source_id TEXT NOT NULL REFERENCES source, file_sha256 TEXT NOT NULL,
    mapping_hash TEXT NOT NULL, reader TEXT NOT NULL, file_name BLOB NOT NULL, declares_corrections INTEGER NOT NULL,
    loaded_us INTEGER NOT NULL, loaded_by TEXT NOT NULL, seconds REAL NOT NULL, received INTEGER NOT NULL, loaded INTEGER NOT NULL,
    rejected INTEGER NOT NULL, duplicates INTEGER NOT NULL, conflicts INTEGER NOT NULL, rounded INTEGER NOT NULL, row_counts TEXT NOT NULL,
    added_in INTEGER NOT NULL, withdrawn_in INTEGER, withdrawn_reason TEXT, withdrawn_by TEXT,
    CHECK (received = loaded + rejected + duplicates)
) STRICT;
CREATE INDEX batch_identity ON batch (file_sha256, source_id);
CREATE TABLE segment (
    batch_id TEXT NOT NULL REFERENCES batch (batch_id), table_name TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    row_count INTEGER NOT NULL, added_in INTEGER NOT NULL, removed_in INTEGER, removed_reason TEXT, shared INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (batch_id, kind, table_name, name)
) STRICT;
CREATE TABLE protection (
    subject_key INTEGER NOT NULL, subject_realm TEXT NOT NULL, recorded_us INTEGER NOT NULL, state TEXT NOT NULL, basis TEXT NOT NULL,
    recorded_by TEXT NOT NULL, added_in INTEGER NOT NULL
) STRICT;
CREATE TABLE redaction (
    subject_key INTEGER NOT NULL, subject_realm TEXT NOT NULL, reason TEXT NOT NULL, made_by TEXT NOT NULL, added_in INTEGER NOT NULL,
    PRIMARY KEY (subject_key, subject_realm)
) STRICT;
CREATE TABLE run (
    seq INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, snapshot_version INTEGER NOT NULL, fact_digest TEXT NOT NULL, code TEXT NOT NULL,
    packs TEXT NOT NULL, engine TEXT NOT NULL, seed INTEGER NOT NULL, created_by TEXT NOT NULL, previous TEXT, created_us INTEGER NOT NULL,
    parameters TEXT NOT NULL, added_in INTEGER NOT NULL, cleared_in INTEGER
) STRICT;
CREATE TABLE run_segment (
    run_id TEXT NOT NULL REFERENCES run (run_id), table_name TEXT NOT NULL, name TEXT NOT NULL, row_count INTEGER NOT NULL,
    removed_in INTEGER, PRIMARY KEY (run_id, table_name)
) STRICT;
CREATE TRIGGER version_is_kept BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END;
CREATE TRIGGER protection_is_kept BEFORE DELETE ON protection BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END;
CREATE TRIGGER batch_is_kept BEFORE DELETE ON batch BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END;
"""

#: What keeping an archive over years needs (format 2). A hold is an event, and so is its release: the last one counts. A tombstone stands
#: for a batch whose bytes are gone. A file that is leaving is listed no more and goes from that time on.
KEEPING = """
CREATE TABLE hold (
    source_id TEXT NOT NULL REFERENCES source, action TEXT NOT NULL CHECK (action IN ('hold', 'release')), reason TEXT NOT NULL,
    made_by TEXT NOT NULL, recorded_us INTEGER NOT NULL, added_in INTEGER NOT NULL
) STRICT;
CREATE TABLE tombstone (
    batch_id TEXT PRIMARY KEY REFERENCES batch (batch_id), purged_in INTEGER NOT NULL, purged_us INTEGER NOT NULL, made_by TEXT NOT NULL,
    reason TEXT NOT NULL, keep_until TEXT NOT NULL, file_count INTEGER NOT NULL, byte_count INTEGER NOT NULL, row_count INTEGER NOT NULL
) STRICT;
CREATE TABLE leaving (kind TEXT NOT NULL, name TEXT NOT NULL, from_us INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT;
CREATE INDEX segment_name ON segment (name);
CREATE TRIGGER hold_is_kept BEFORE DELETE ON hold BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END;
CREATE TRIGGER tombstone_is_kept BEFORE DELETE ON tombstone BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END;
"""

#: From format 1 to 2. Columns are added at the end, where SCHEMA has them, too.
TO_FORMAT_2 = (
    "ALTER TABLE segment ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE run ADD COLUMN cleared_in INTEGER",
    "ALTER TABLE run_segment ADD COLUMN removed_in INTEGER",
)

#: Why a batch is not the whole of what its file promised. Made with the first such batch, so it needs no format number: a ledger
#: without it knows of none, and an older Bakau passes over it.
INCOMPLETE = """
CREATE TABLE IF NOT EXISTS incomplete (
    batch_id TEXT NOT NULL REFERENCES batch (batch_id), place INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (batch_id, place)
) STRICT
"""

FILE_NAME = "ledger.sqlite"
HINT = "free disk space or check the file's rights, then run again"


def create_ledger(path: Path) -> None:
    """Make an empty ledger at version 0."""
    connection = connect(path, create=True)
    try:
        connection.executescript(SCHEMA + KEEPING)
        with connection:
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FORMAT),))
    finally:
        connection.close()


def split_statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one, for a transaction (a trigger's body holds semicolons, so SQLite says where one ends)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the ledger (autocommit off through `transaction`); FormatError when it is missing or of another format."""
    if not create and not path.exists():
        raise FormatError("this workspace has no ledger", hint="restore archive/ledger.sqlite from a backup")
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"the ledger cannot be opened: {error}", hint=HINT) from error
    return connection


def check_format(connection: sqlite3.Connection) -> int:
    """The ledger's format number; FormatError when this Bakau cannot read it."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    except sqlite3.DatabaseError as error:
        raise FormatError(f"the ledger cannot be read: {error}") from error
    number = int(row["value"]) if row else 0
    if number > FORMAT:
        raise FormatError(f"the ledger has format {number}, newer than this Bakau reads ({FORMAT})", hint="update Bakau")
    return number


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One all-or-nothing write; ArchiveError when the database refuses (disk full, constraint)."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        _roll_back(connection)
        raise ArchiveError(f"the ledger could not be written: {error}", hint=HINT) from error
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def current_version(connection: sqlite3.Connection) -> int:
    """Number of the newest commit, 0 in a fresh ledger."""
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM version").fetchone()[0])


def next_version(connection: sqlite3.Connection, *, now_us: int, action: str, by: str) -> int:
    """Open a new version inside the running transaction and return its number."""
    number = current_version(connection) + 1
    connection.execute("INSERT INTO version VALUES (?, ?, ?, ?)", (number, now_us, action, by))
    return number


def write_incomplete(connection: sqlite3.Connection, batch_id: str, reasons: Sequence[str]) -> None:
    """List why a batch is incomplete, inside the running transaction."""
    if reasons:
        connection.execute(INCOMPLETE)
        rows = [(batch_id, place, reason) for place, reason in enumerate(reasons)]
        connection.executemany("INSERT INTO incomplete VALUES (?, ?, ?)", rows)


def forget_incomplete(connection: sqlite3.Connection, batch_id: str) -> None:
    """Take the reasons of a batch away, inside the running transaction."""
    if _knows_incomplete(connection):
        connection.execute("DELETE FROM incomplete WHERE batch_id = ?", (batch_id,))


def _knows_incomplete(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'incomplete'").fetchone() is not None


def read_incomplete(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Reasons per incomplete batch, in order."""
    if not _knows_incomplete(connection):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute("SELECT batch_id, reason FROM incomplete ORDER BY batch_id, place"):
        found[row["batch_id"]] = (*found.get(row["batch_id"], ()), row["reason"])
    return found
