"""The archive of a workspace: the one place where facts, marks and runs are written, one ledger commit at a time."""

from __future__ import annotations

import getpass
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bakau.errors import InputError, NotFoundError
from bakau.settings import NETWORKS, load_settings
from bakau.times import now_us
from bakau.workspace import Workspace
from bakau_graph.archive import ledger
from bakau_graph.archive.batch import BatchWriter, to_json
from bakau_graph.archive.batch_setting import make_setting
from bakau_graph.archive.leaving import sweep
from bakau_graph.archive.lock import writer_lock
from bakau_graph.archive.memory import Memory
from bakau_graph.archive.orphans import clear_orphans, staging_room
from bakau_graph.archive.rates import RateTable, list_rate_tables, write_rates
from bakau_graph.archive.records import TRAINING, BatchIdentity, LoadReport, Run, Source
from bakau_graph.archive.redaction import Redactor
from bakau_graph.archive.runs import refuse_protected, store_tables
from bakau_graph.archive.segment import Segment, read_segments
from bakau_graph.archive.snapshot import Snapshot
from bakau_graph.archive.state import FILE_NAME_CONTEXT, read_batches, read_source, read_state
from bakau_graph.archive.statements import write_statements
from bakau_graph.archive.vault import seal_bytes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa

    from bakau.ids import Realm, SurrogateKey
    from bakau.model import ProtectionState
    from bakau_graph.archive.batch_setting import BatchSetting
    from bakau_graph.archive.records import Batch

    #: Opens one commit of the ledger, given what is done and by whom (the person of the operating system when nobody is named).
    Commit = Callable[..., AbstractContextManager[tuple[sqlite3.Connection, int]]]


def whoami() -> str:
    """The person of the operating system, for ledger rows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


class Archive:
    """Opens, reads and writes the facts of one workspace. Readers take snapshots; writers hold the OS lock for one commit."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._turn = threading.Lock()
        self._memory = Memory()
        self._ledger_path = workspace.archive / ledger.FILE_NAME
        connection = ledger.connect(self._ledger_path)
        try:
            ledger.check_format(connection)
        finally:
            connection.close()

    @classmethod
    def create(cls, path: Path, *, network: str = NETWORKS[0]) -> Archive:
        """Make a new workspace with an empty archive and the *training* source; `network` is the one it will be walked on."""
        workspace = Workspace.create(path, network=network)
        for name in ("segments", "index", "staging"):
            (workspace.archive / name).mkdir(exist_ok=True)
        ledger.create_ledger(workspace.archive / ledger.FILE_NAME)
        archive = cls(workspace)
        archive.add_source(
            Source(
                TRAINING,
                "Training",
                "training",
                "none: synthetic or public data only",
                "none needed: no real person's data",
                ("*",),
                None,
                training=True,
            )
        )
        return archive

    @classmethod
    def open(cls, path: Path) -> Archive:
        """Open the archive of an existing workspace; FormatError when it is none or of another format."""
        return cls(Workspace.open(path))

    @property
    def surrogate_key(self) -> SurrogateKey:
        """The workspace's secret for surrogates."""
        return self.workspace.load_surrogate_key()

    # --- reading ----------------------------------------------------------------------------------------------------------

    def snapshot(self, version: int | None = None) -> Snapshot:
        """The facts as of a version (the newest by default). Never blocks."""
        with self._connection() as connection:
            return Snapshot(self.workspace, read_state(self.workspace, connection, version), self._memory)

    def version(self) -> int:
        """Number of the newest version: what tells a kept snapshot from an outdated one, without reading it again."""
        with self._connection() as connection:
            return ledger.current_version(connection)

    def sources(self) -> list[Source]:
        """All sources."""
        with self._connection() as connection:
            return [read_source(row) for row in connection.execute("SELECT * FROM source ORDER BY source_id")]

    def get_source(self, source_id: str) -> Source:
        """A source by id; NotFoundError otherwise."""
        for source in self.sources():
            if source.source_id == source_id:
                return source
        raise NotFoundError(f"no source {source_id!r}", hint="bakau source list, or bakau source add")

    def batches(self) -> list[Batch]:
        """Every batch ever listed, the withdrawn ones marked so."""
        with self._connection() as connection:
            return read_batches(self.workspace, connection, ledger.current_version(connection), withdrawn=True)

    def find_batch(self, identity: BatchIdentity) -> Batch | None:
        """The visible batch of that identity, or None."""
        same = self._batches_of(identity.file_sha256)
        return next((batch for batch in same if batch.identity == identity and not batch.withdrawn), None)

    def find_batch_of_file(self, source_id: str, file_sha256: str) -> Batch | None:
        """The visible batch that brought these bytes from this source under any mapping, or None."""
        return next((b for b in self._batches_of(file_sha256) if b.source_id == source_id and not b.withdrawn), None)

    # --- writing ----------------------------------------------------------------------------------------------------------

    def add_source(self, source: Source) -> None:
        """List a source. Real data needs authority, legal basis, purposes and an end; InputError when one is missing or the id is taken."""
        if not source.training and not (source.authority and source.legal_basis and source.purposes and source.keep_until):
            raise InputError(
                "a source of real data needs authority, legal basis, allowed purposes and an end date", hint="bakau source add --help"
            )
        with self._writing("source.add") as (connection, version):
            if connection.execute("SELECT 1 FROM source WHERE source_id = ?", (source.source_id,)).fetchone():
                raise InputError(f"source {source.source_id!r} exists already")
            until = source.keep_until.isoformat() if source.keep_until else None
            connection.execute(
                "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    source.source_id,
                    source.name,
                    source.kind,
                    source.authority,
                    source.legal_basis,
                    json.dumps(source.purposes),
                    until,
                    source.training,
                    version,
                ),
            )

    @contextmanager
    def begin_batch(
        self, identity: BatchIdentity, *, file_name: str, declares_corrections: bool = False, replace: str | None = None
    ) -> Iterator[BatchWriter]:
        """Write one batch; it becomes visible with `commit()` and leaves no trace without it.

        Rows are staged in a room of the batch's own, without the writer lock: `commit()` takes it. So batches may be made ready side by
        side; each is judged against what stands when it is committed. `replace` withdraws that batch in the same ledger commit. Raises
        LockedError, NotFoundError (source, batch), InputError when a visible batch of the same identity exists (and is not the one
        replaced).
        """
        self.get_source(identity.source_id)

        def look(room: Path) -> BatchSetting:
            twin = self.find_batch(identity)
            if twin and twin.batch_id != replace:
                raise InputError(f"this file stands already as batch {twin.batch_id}")
            if replace is not None:
                self._get_visible(replace)
            attempts = sum(batch.identity == identity for batch in self._batches_of(identity.file_sha256))
            return make_setting(
                self.workspace, self.snapshot, identity, room, attempts=attempts, corrects=declares_corrections, replace=replace
            )

        def list_batch(writer: BatchWriter, segments: list[Segment], report: LoadReport) -> None:
            sealed = seal_bytes(self.workspace.load_vault_key(), file_name.encode(), FILE_NAME_CONTEXT)
            self._list_batch(writer, identity, sealed, segments, report, corrects=declares_corrections, replace=replace)

        with staging_room(self.workspace.archive / "staging", self._lock) as room:
            setting = look(room)

            @contextmanager
            def begin_commit() -> Iterator[tuple[BatchSetting, Callable[[BatchWriter, list[Segment], LoadReport], None]]]:
                with self._lock():
                    try:
                        yield look(room), list_batch
                    finally:
                        clear_orphans(self.workspace, self._ledger_path)

            writer = BatchWriter(setting, begin_commit)
            try:
                yield writer
            finally:
                if not writer.done:
                    writer.discard()

    def withdraw(self, batch_id: str, *, reason: str, who: str | None = None) -> Batch:
        """Take a batch out of every later snapshot; its segments stay as evidence. Returns the batch."""
        if not reason.strip():
            raise InputError("a withdrawal needs a reason", hint='--reason "…"')
        with self._lock():
            batch = self._get_visible(batch_id)
            with self._commit("batch.withdraw", who) as (connection, version):
                self._withdraw(connection, version, batch.batch_id, reason, who or whoami())
        return batch

    def protect(
        self, subject_keys: Sequence[int], *, realm: Realm, state: ProtectionState, basis: str, who: str | None = None, redact: bool = False
    ) -> int:
        """Record the protection state of subjects; with `redact` also erase their values from the vault. Returns the new version.

        Later snapshots withdraw every number about a protected subject. Rewriting the vault needs the vault key.
        """
        with self._lock():
            recorded = now_us()
            person = who or whoami()
            with self._commit("protect", who) as (connection, version):
                connection.executemany(
                    "INSERT INTO protection VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(int(key), realm.value, recorded, state.value, basis, person, version) for key in subject_keys],
                )
            if redact:
                return self._redact(subject_keys, realm, basis, person)
            return version

    def add_rates(self, file_sha256: str, rows: pa.Table, *, reporting: str | None = None) -> RateTable:
        """Add a table of dated rates (see `rates.write_rates`) to those that stand; the very same again adds nothing.

        Without `reporting` the currency stays the one that was last asked for; InputError when none ever was.
        """
        with self._lock():
            stand = list_rate_tables(self._ledger_path)
            wanted = reporting or (stand[-1].reporting if stand else None)
            if wanted is None:
                raise InputError("no reporting currency is known yet", hint="--reporting USD (or another currency)")
            if stand and (stand[-1].file_sha256, stand[-1].reporting) == (file_sha256, wanted):
                return stand[-1]
            with self._commit("rates.load", None) as (connection, version):
                return write_rates(connection, version, RateTable(0, file_sha256, wanted, len(rows), now_us(), whoami(), version), rows)

    def rate_tables(self) -> list[RateTable]:
        """Every table of rates, oldest first."""
        return list_rate_tables(self._ledger_path)

    def commit_run(self, run: Run, tables: Mapping[str, pa.Table]) -> Run:
        """Store a run's derived tables in one commit; the same run again adds nothing.

        Raises ProtectedError when any row is keyed to an account that is protected now: the ledger refuses such a number.
        """
        with self._lock():
            newest = self.snapshot()
            refuse_protected(tables, newest)
            known = next((old for old in newest.runs() if old.run_id == run.run_id), None)
            if known is not None:
                return known
            segments = store_tables(self.workspace.archive, run.run_id, tables)
            with self._commit("run", run.created_by) as (connection, version):
                seq = int(connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM run").fetchone()[0])
                parameters = json.dumps(run.parameters, sort_keys=True)
                connection.execute(
                    "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                    (
                        seq, run.run_id, run.snapshot_version, run.fact_digest, run.code, run.packs, run.engine, run.seed, run.created_by,
                        run.previous, now_us(), parameters, version,
                    ),
                )  # fmt: skip
                connection.executemany(
                    "INSERT INTO run_segment VALUES (?, ?, ?, ?, NULL)",
                    [(run.run_id, segment.table, segment.name, segment.rows) for segment in segments],
                )
            clear_orphans(self.workspace, self._ledger_path)
        return self.snapshot().get_run(run.run_id)

    @contextmanager
    def writer(self) -> Iterator[Commit]:
        """Hold the writer lock for the block, and give what opens its commits: for work that stands in a module of its own."""
        with self._lock():
            yield self._commit

    # --- pieces -----------------------------------------------------------------------------------------------------------

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = ledger.connect(self._ledger_path)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """The writer lock, with what a crashed writer left behind, and what has had its time, cleared first.

        Threads of this archive wait for each other, however long.
        """
        with self._turn, writer_lock(self.workspace.archive / "writer.lock", wait_s=load_settings().lock_wait_s):
            clear_orphans(self.workspace, self._ledger_path)
            sweep(self.workspace, self._ledger_path, now_us())
            yield

    @contextmanager
    def _commit(self, action: str, who: str | None = None) -> Iterator[tuple[sqlite3.Connection, int]]:
        with self._connection() as connection, ledger.transaction(connection):
            yield connection, ledger.next_version(connection, now_us=now_us(), action=action, by=who or whoami())

    @contextmanager
    def _writing(self, action: str, who: str | None = None) -> Iterator[tuple[sqlite3.Connection, int]]:
        with self._lock(), self._commit(action, who) as opened:
            yield opened

    def _batches_of(self, file_sha256: str) -> list[Batch]:
        with self._connection() as connection:
            return read_batches(self.workspace, connection, ledger.current_version(connection), withdrawn=True, file_sha256=file_sha256)

    def _get_visible(self, batch_id: str) -> Batch:
        found = [batch for batch in self.batches() if batch.batch_id.startswith(batch_id) and not batch.withdrawn]
        if len(found) != 1:
            raise NotFoundError(
                "no such batch to withdraw" if not found else "more than one batch has an id that begins so", hint="bakau batches"
            )
        return found[0]

    def _list_batch(
        self,
        writer: BatchWriter,
        identity: BatchIdentity,
        sealed_name: bytes,
        segments: list[Segment],
        report: LoadReport,
        *,
        corrects: bool,
        replace: str | None,
    ) -> None:
        with self._commit("batch.replace" if replace else "batch.load", None) as (connection, version):
            seq = int(connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM batch").fetchone()[0])
            connection.execute(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (
                    seq, report.batch_id, identity.source_id, identity.file_sha256, identity.mapping_hash, identity.reader, sealed_name, corrects,
                    now_us(), whoami(), round(writer.seconds, 3), report.received, report.loaded, report.rejected, report.duplicates,
                    report.conflicts, report.rounded, to_json(report.rows), version,
                ),
            )  # fmt: skip
            connection.executemany(
                "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, 0)",
                [(report.batch_id, segment.table, segment.kind, segment.name, segment.rows, version) for segment in segments],
            )
            ledger.write_incomplete(connection, report.batch_id, writer.incomplete)
            write_statements(connection, report.batch_id, writer.statements)
            if replace is not None:
                self._withdraw(connection, version, replace, f"replaced by {report.batch_id}", whoami())
        writer.done = True
        clear_orphans(self.workspace, self._ledger_path)
        self._sweep_redactions()

    def _withdraw(self, connection: sqlite3.Connection, version: int, batch_id: str, reason: str, who: str) -> None:
        connection.execute(
            "UPDATE batch SET withdrawn_in = ?, withdrawn_reason = ?, withdrawn_by = ? WHERE batch_id = ? AND withdrawn_in IS NULL",
            (version, reason, who, batch_id),
        )

    def _redact(self, keys: Sequence[int], realm: Realm, reason: str, who: str) -> int:
        redactor = Redactor.load(self._ledger_path).extend(self.snapshot(), {realm: keys})
        return redactor.rewrite(self.workspace, self.snapshot(), lambda: self._commit("vault.redact", who), reason=reason, who=who)

    def _sweep_redactions(self) -> None:
        """A new batch may tie more accounts to somebody who was redacted: their values go as well."""
        redactor = Redactor.load(self._ledger_path)
        if not redactor.is_empty:
            snapshot = self.snapshot()
            grown = redactor.extend(snapshot, {})
            if grown != redactor or grown.leaves_texts(self.workspace, snapshot):
                grown.rewrite(
                    self.workspace, snapshot, lambda: self._commit("vault.redact", None), reason="tied to a redacted subject", who=whoami()
                )


__all__ = ["Archive", "read_segments", "whoami"]
