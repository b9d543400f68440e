"""The casework database: cases and audit, in SQLite (WAL) through SQLAlchemy Core, open to several processes at once.

Tables come from numbered migrations (``migrations/NNNN_*.sql``, plain SQL, each applied once, forward only). ``user_version``
carries the number of the last one applied, ``meta.format`` the workspace's format number.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from bakau.errors import CaseworkError, FormatError
from bakau.model import FORMAT
from bakau_graph.archive.ledger import split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METADATA = sa.MetaData()

CASE = sa.Table(
    "case",
    METADATA,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text),
    sa.Column("authority", sa.Text),
    sa.Column("legal_basis", sa.Text),
    sa.Column("purposes", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("opened_us", sa.BigInteger),
    sa.Column("opened_by", sa.Text),
    sa.Column("row_version", sa.Integer),
)

CASE_MEMBER = sa.Table(
    "case_member",
    METADATA,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("added_us", sa.BigInteger),
    sa.Column("added_by", sa.Text),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("body", sa.Text),
    sa.Column("leaf", sa.LargeBinary),
)

#: Tables that people only ever add to.
_ACTS = "SELECT (SELECT count(*) FROM referral_act) + (SELECT count(*) FROM rule_step) + (SELECT count(*) FROM method)"
#: How long a writer waits for another, in milliseconds.
BUSY_MS = 30_000


class Database:
    """An opened casework database. `read` and `write` hand out connections; close it when done."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._engine = _make_engine(path, read_only=read_only)
        if not read_only:
            migrate(self._engine)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database and never waits for a writer."""
        with self._connect(writes=False) as connection:
            yield connection

    def count_acts(self) -> int:
        """How much people did about referrals, rules and methods: another number means that one of these is not as it was read."""
        with self.read() as connection:
            return int(connection.execute(sa.text(_ACTS)).scalar_one())

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection whose writes are committed together, and durably, when the block ends well."""
        with self._connect(writes=True) as connection:
            yield connection

    @contextmanager
    def _connect(self, *, writes: bool) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(bakau_writes=writes)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise CaseworkError(f"the casework database failed: {error.orig}", hint="free disk space or check the file's rights") from error

    def has(self, table: sa.Table) -> bool:
        """Whether the table is there: a database that was opened to read only may be older than it."""
        with self.read() as connection:
            return connection.dialect.has_table(connection, table.name)

    def cut_log(self) -> None:
        """Bring the write-ahead log into the file and empty it, so that it holds nothing of what was deleted (unless somebody reads now)."""
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _make_engine(path: Path, *, read_only: bool) -> sa.Engine:
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"

    def open_connection() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        return connection

    engine = sa.create_engine("sqlite://", creator=open_connection, poolclass=sa.QueuePool, pool_size=2)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("bakau_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def list_migrations() -> list[tuple[int, str]]:
    """Number and SQL text of every migration, in order."""
    folder = files("bakau_casework") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), (folder / name).read_text(encoding="utf-8")) for name in names]


def migrate(engine: sa.Engine) -> None:
    """Bring the database forward to this Bakau's newest migration; FormatError when it is newer than that."""
    migrations = list_migrations()
    newest = migrations[-1][0]
    try:
        with engine.connect() as connection:
            if _version_of(connection) != newest:
                _apply(connection.execution_options(bakau_writes=True), migrations)
    except DBAPIError as error:
        raise CaseworkError(f"the casework database cannot be opened: {error.orig}", hint="check the file's rights and the disk") from error


def _version_of(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _apply(connection: sa.Connection, migrations: list[tuple[int, str]]) -> None:
    connection.rollback()
    with connection.begin():
        done, newest = _version_of(connection), migrations[-1][0]
        if done > newest:
            raise FormatError(f"the casework database has migration {done}, newer than this Bakau knows ({newest})", hint="update Bakau")
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
        connection.exec_driver_sql(
            "INSERT INTO meta VALUES ('format', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (str(FORMAT),)
        )
        for number, text in migrations:
            if number <= done:
                continue
            for statement in split_statements(text):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"PRAGMA user_version = {number:d}")
