"""Bring the Neo4j database to a snapshot of the archive, from wherever it stands; what was done before a crash is not done again.

The ledger is the truth. A batch is *loading* until its last chunk; each chunk leaves its marker in its own transaction. Nothing is
incremented, so the order in which batches come and go, and how often a run was killed, leaves no trace.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import NetworkError
from bakau.logs import get_logger
from bakau.progress import SilentProgress
from bakau.settings import load_settings
from bakau_graph.archive.lock import writer_lock
from bakau_graph.neo4j import packs, state
from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.delta import CHUNK_ROWS, HELD_END, Delta
from bakau_graph.neo4j.emptying import empty
from bakau_graph.neo4j.lanes import Lanes
from bakau_graph.neo4j.marks import clear_marks, count_expected, marks_of_run, withdraw_marks, write_marks
from bakau_graph.neo4j.read_queries import TRANSFER_ENDS
from bakau_graph.neo4j.schema import DATABASE, SCHEMA_VERSION
from bakau_graph.neo4j.session import plain_errors
from bakau_graph.neo4j.tags import bring_tags, withdraw_tags
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from neo4j import ManagedTransaction
    from neo4j import Session as DriverSession

    from bakau.progress import Progress
    from bakau.workspace import Workspace
    from bakau_graph.archive import Archive
    from bakau_graph.archive.records import Batch
    from bakau_graph.archive.snapshot import Snapshot
    from bakau_graph.neo4j.chunks import Chunk
    from bakau_graph.neo4j.session import Session

#: Where a rebuild puts its files, in the folder of networks. One that was killed leaves them; the next sync takes them away.
EXPORT_FOLDER = ".neo4j-export"

log = get_logger("bakau_graph.neo4j")


@dataclass(frozen=True, slots=True)
class Behind:
    """How far the database is behind a snapshot: batches to bring in and to take out, and their transfers; what it stands on."""

    coming: tuple[str, ...]
    going: tuple[str, ...]
    transfers: int
    is_current: bool
    is_empty: bool
    label: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did: batches brought in and taken out, rows looked at, marks taken off people protected since."""

    label: str
    batches_in: int
    batches_out: int
    rows: int
    marks_withdrawn: int
    seconds: float


def measure_behind(session: Session, snapshot: Snapshot) -> Behind:
    """How far the database of a session is behind a snapshot."""
    standing = state.read_standing(session)
    held = state.read_batches(session) if standing else {}
    wanted = {batch.batch_id: batch for batch in snapshot.batches()}
    coming = [batch for batch in wanted.values() if held.get(batch.batch_id) != state.BATCH_LOADED]
    going = [batch_id for batch_id in held if batch_id not in wanted]
    return Behind(
        tuple(batch.batch_id for batch in coming),
        tuple(going),
        sum(batch.report.rows.get("transfer", 0) for batch in coming),
        is_current=standing is not None and standing.is_ready and standing.digest == snapshot.digest,
        is_empty=not held,
        label=standing.label if standing else "",
    )


def bring_up(
    archive: Archive,
    session: Session,
    *,
    hub_degree: int | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> SyncReport:
    """Bring the database to the newest snapshot. Marks of people protected meanwhile go first, before a fact is touched.

    One that holds a batch that was purged since is emptied first: what to take out with it cannot be read any more.
    Raises LockedError while another process brings it up, NetworkError when the server or its database cannot be used.
    """
    begin = time.monotonic()
    with sync_lock(archive.workspace):
        shutil.rmtree(archive.workspace.network / EXPORT_FOLDER, ignore_errors=True)
        session.check_owner(archive.workspace.workspace_id)
        standing, snapshot = state.read_standing(session), archive.snapshot()
        work = Work(snapshot, session, hub_degree or Bounds().hub_degree, chunk_rows, progress or SilentProgress())
        withdrawn = 0
        if standing is None or standing.digest != snapshot.digest or not standing.is_ready:
            check_known(session, archive)
            if standing is not None and (standing.state == state.BUILDING or holds_purged(session, archive)):
                empty(session)  # killed on the way, it is still building, and begins again
                standing = None
            withdrawn = withdraw_marks(session, snapshot.protection)
            withdraw_tags(session, snapshot.protection)
            work.is_clean = standing is not None and standing.is_ready
            claim(session, archive.workspace, work.hub_degree, is_new=standing is None or standing.state == state.BUILDING)
            work.run()
        bring_marks(session, snapshot)
    done = SyncReport(snapshot.label, work.came, work.went, work.rows, withdrawn, time.monotonic() - begin)
    log.info("neo4j.brought_up", snapshot=done.label, rows=done.rows, came=done.batches_in, went=done.batches_out)
    return done


def sync_lock(workspace: Workspace) -> AbstractContextManager[None]:
    """One process at a time writes facts to the database of a workspace; LockedError after the usual wait."""
    return writer_lock(workspace.network / "neo4j.lock", wait_s=load_settings().lock_wait_s)


def check_known(session: Session, archive: Archive) -> None:
    """NetworkError when the database holds a batch the ledger has never heard of, as after an older workspace was put back."""
    known = {batch.batch_id for batch in archive.batches()}
    strange = [batch_id for batch_id in state.read_batches(session) if batch_id not in known]
    if strange:
        raise NetworkError(f"the Neo4j database holds {len(strange)} batches this workspace's ledger lacks", hint="bakau network rebuild")


def holds_purged(session: Session, archive: Archive) -> bool:
    """Does the database hold a batch that was purged since? What it touched is known no more, so that it is filled anew."""
    purged = {batch.batch_id for batch in archive.batches() if batch.purged}
    return bool(purged) and not purged.isdisjoint(state.read_batches(session))


def claim(session: Session, workspace: Workspace, hub_degree: int, *, is_new: bool) -> None:
    """Constraints and indexes first; then the node that says whose database it is, and that something is under way."""
    for text in write.schema_statements() if is_new else ():
        session.write(text)
    row: dict[str, object] = {"workspace_id": workspace.workspace_id, "schema_version": SCHEMA_VERSION, "state": state.LOADING}
    row |= {"hub_degree": hub_degree, "packed_above": packs.PACKED_ABOVE}
    session.write(write.SET_BAKAU, {"row": row})


def bring_marks(session: Session, snapshot: Snapshot) -> None:
    """Marks of the newest run, unless they stand already; none at all when there is no run, because it was cleared."""
    found = marks_of_run(snapshot)
    standing = state.read_standing(session)
    if standing is None:
        return
    if found is None:
        if standing.marks_run_id is not None:
            clear_marks(session)
        return
    run_id, marks = found
    if standing.marks_run_id == run_id:
        marked = int(session.read("MATCH (x:Marked) RETURN count(x) AS n")[0]["n"])
        keys = snapshot.table("account", ["account_key"])["account_key"].to_numpy() if marked != len(marks) else None
        if keys is None or marked == count_expected(marks, keys):
            return
    write_marks(session, run_id, marks)


class Work:
    """One sync under the lock."""

    def __init__(self, snapshot: Snapshot, session: Session, hub_degree: int, chunk_rows: int, progress: Progress) -> None:
        self._snapshot, self._session, self._progress = snapshot, session, progress
        self.hub_degree, self._chunk_rows = hub_degree, chunk_rows
        self.came = self.went = self.rows = 0
        self._counting = Lock()
        #: Did the last sync end, so that the database holds what its batches say?
        self.is_clean = False

    def run(self) -> None:
        """Bring batches in, in the order of the ledger; then take out those that are gone, so that a reader sees no gap."""
        held = state.read_batches(self._session)
        wanted = self._snapshot.batches()
        going = [batch_id for batch_id in held if batch_id not in {batch.batch_id for batch in wanted}]
        settled = [batch_id for batch_id, how in held.items() if self.is_clean and how == state.BATCH_LOADED]
        self._announce([batch for batch in wanted if batch.batch_id not in held])
        delta = Delta(self._snapshot, hub_degree=self.hub_degree, size=self._chunk_rows, held_ends=self._held_ends)
        try:
            for batch in wanted:
                if held.get(batch.batch_id) == state.BATCH_LOADED:
                    continue
                self._session.write(write.BEGIN_BATCH, {"id": batch.batch_id})
                others = [other for other in _begun(held) if other != batch.batch_id]
                self._write(delta, batch.batch_id, others, settled, going=False)
                self._session.write(write.FINISH_BATCH, {"id": batch.batch_id})
                held[batch.batch_id] = state.BATCH_LOADED
                settled.append(batch.batch_id)
                self.came += 1
            for batch_id in going:
                if held[batch_id] != state.BATCH_REMOVING:
                    self._session.write(write.BEGIN_REMOVAL, {"id": batch_id})
                del held[batch_id]
                self._write(delta, batch_id, _begun(held), [], going=True)
                self._session.write(write.FORGET_BATCH, {"id": batch_id})
                self.went += 1
            bring_tags(self._session, delta)
            snapshot = self._snapshot
            row = {"label": snapshot.label, "digest": snapshot.digest, "snapshot_version": snapshot.version, "state": state.READY}
            self._session.write(write.SET_BAKAU, {"row": row | delta.totals() | {"built_us": time.time_ns() // 1000}})
        finally:
            delta.close()

    def _announce(self, batches: Sequence[Batch]) -> None:
        rows = [{"id": batch.batch_id, "seq": batch.seq, "transfers": batch.report.rows.get("transfer", 0)} for batch in batches]
        self._session.write(write.ANNOUNCE_BATCHES, {"rows": rows})

    def _held_ends(self, ids: list[str]) -> pa.Table:
        """Ends of these transfers as the database holds them."""
        rows: list[dict[str, object]] = []
        for place in range(0, len(ids), CHUNK_ROWS):
            rows += [record.data() for record in self._session.read(TRANSFER_ENDS, {"ids": ids[place : place + CHUNK_ROWS]})]
        return pa.Table.from_pylist(rows, HELD_END)

    def _write(self, delta: Delta, batch_id: str, others: list[str], settled: list[str], *, going: bool) -> None:
        done = state.read_chunks(self._session, batch_id)

        def lane(chunks: Iterator[Chunk]) -> None:
            with self._session.driver.session(database=DATABASE) as session:
                for chunk in chunks:
                    _write_chunk(session, batch_id, delta.chunk_id(batch_id, chunk.step, chunk.number), chunk)
                    with self._counting:
                        self.rows += chunk.rows
                        self._progress.advance(chunk.rows)

        with plain_errors():
            Lanes(delta.chunks(batch_id, others, done, settled=settled, going=going), lane).run()


def _begun(held: dict[str, str]) -> list[str]:
    """Batches the database may hold rows of."""
    return [batch_id for batch_id, how in held.items() if how != state.BATCH_WAITING]


def _write_chunk(session: DriverSession, batch_id: str, chunk_id: str, chunk: Chunk) -> None:
    """One transaction: the rows and their marker. A repeat after an answer that was lost finds the marker and does nothing."""

    def work(transaction: ManagedTransaction) -> None:
        if transaction.run("MATCH (c:Chunk {id: $id}) RETURN 1 AS done", id=chunk_id).single() is not None:
            return
        for each in chunk.writes:
            each.run(transaction)
        row = {"id": chunk_id, "step": chunk.step, "n": chunk.number, "rows": chunk.rows, "checksum": chunk.checksum}
        transaction.run(write.MARK_CHUNK, batch=batch_id, row=row).consume()

    session.execute_write(work)
