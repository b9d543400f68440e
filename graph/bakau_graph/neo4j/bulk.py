"""Make the database anew from the archive: by Neo4j's offline import where the server is ours to stop, over Bolt elsewhere."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import NetworkError
from bakau.logs import get_logger
from bakau.settings import load_settings
from bakau_graph.neo4j import packs, server, state
from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.command_line import run_admin
from bakau_graph.neo4j.delta import Delta
from bakau_graph.neo4j.emptying import empty
from bakau_graph.neo4j.export import export
from bakau_graph.neo4j.home import Home, Running
from bakau_graph.neo4j.schema import DATABASE, SCHEMA_VERSION, constraint_statements, index_statements
from bakau_graph.neo4j.session import Session, plain_errors
from bakau_graph.neo4j.sync import EXPORT_FOLDER, SyncReport, bring_marks, bring_up, sync_lock
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from bakau.progress import Progress
    from bakau.workspace import Workspace
    from bakau_graph.archive import Archive
    from bakau_graph.archive.snapshot import Snapshot

_HALF_DONE = "neo4j.rebuilding"

log = get_logger("bakau_graph.neo4j")


def rebuild(archive: Archive, progress: Progress, *, hub_degree: int | None = None) -> SyncReport:
    """Fill the database of a workspace anew with its newest snapshot.

    The workspace's own server is stopped and started again; a server of somebody else is emptied and filled over Bolt. Killed on the
    way, the next sync or rebuild begins again. NetworkError when the server cannot be used, or holds something else.
    """
    if load_settings().neo4j_uri is not None:
        return _refill(archive, progress, hub_degree)
    begin = time.monotonic()
    workspace, degree = archive.workspace, hub_degree or Bounds().hub_degree
    with sync_lock(workspace):
        if server.look(workspace).is_running and not is_half_done(workspace):
            Session.of(workspace).close()
        snapshot = archive.snapshot()
        totals = _import(archive, snapshot, progress, degree)
        with Session.of(workspace) as session:
            progress.say("Building indexes")
            build_schema(session)
            row = {"state": state.READY, "built_us": time.time_ns() // 1000}
            session.write(write.SET_BAKAU, {"row": totals | row})
            (workspace.network / _HALF_DONE).unlink(missing_ok=True)
            bring_marks(session, snapshot)
    rows = sum(sum(batch.report.rows.values()) for batch in snapshot.batches())
    report = SyncReport(snapshot.label, len(snapshot.batches()), 0, rows, 0, time.monotonic() - begin)
    log.info("neo4j.rebuilt", snapshot=report.label, rows=rows)
    return report


def build_schema(session: Session) -> None:
    """Constraints and indexes over what was imported: both indexes of transfers in one transaction, so that the transfers are read once for
    both while constraints are built, two at a time.
    """
    with plain_errors(), session.driver.session(database=DATABASE) as opened, opened.begin_transaction() as transaction:
        for text in index_statements():
            transaction.run(text).consume()
        transaction.commit()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(session.write, constraint_statements()))
    session.write(write.AWAIT_INDEXES)


def is_half_done(workspace: Workspace) -> bool:
    """Was a rebuild begun and not ended, so that what the server holds means nothing?"""
    return (workspace.network / _HALF_DONE).exists()


def _import(archive: Archive, snapshot: Snapshot, progress: Progress, hub_degree: int) -> dict[str, object]:
    """Export, stop, import, start; what the database then says about itself."""
    workspace = archive.workspace
    home, folder = Home.of(workspace), workspace.network / EXPORT_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    delta = Delta(snapshot, hub_degree=hub_degree)
    try:
        progress.say("Exporting the archive")
        bakau: dict[str, str | int] = {
            "id": 1,
            "workspace_id": workspace.workspace_id,
            "schema_version": SCHEMA_VERSION,
            "snapshot_version": snapshot.version,
            "label": snapshot.label,
            "digest": snapshot.digest,
            "state": state.BUILDING,
            "hub_degree": hub_degree,
            "packed_above": packs.PACKED_ABOVE,
        }
        files = export(delta, _batches(snapshot), bakau, folder, hub_degree)
        totals = delta.totals()
        delta.close()
        server.stop(workspace)
        home.prepare()
        home.write_configuration(home.read_running() or Running(port=0))
        server.set_password(home)
        (workspace.network / _HALF_DONE).touch(mode=0o600)
        progress.say("Importing")
        run_admin(home, _arguments(files.arguments, multiline=files.multiline, report=str(folder / "report")))
    finally:
        delta.close()
        shutil.rmtree(folder, ignore_errors=True)
    progress.say("Starting Neo4j")
    server.start(workspace)
    return totals


def _arguments(files: tuple[str, ...], *, multiline: bool, report: str) -> list[str]:
    return [
        "database", "import", "full", DATABASE, "--overwrite-destination=true", "--id-type=integer", f"--multiline-fields={str(multiline).lower()}",
        "--bad-tolerance=0", "--skip-bad-relationships=false", f"--report-file={report}", *files,
    ]  # fmt: skip


def _batches(snapshot: Snapshot) -> pa.Table:
    batches = snapshot.batches()
    return pa.table(
        {
            "id": pa.array([batch.batch_id for batch in batches], pa.string()),
            "seq": pa.array([batch.seq for batch in batches], pa.int64()),
            "transfers": pa.array([batch.report.rows.get("transfer", 0) for batch in batches], pa.int64()),
            "rows": pa.array([sum(batch.report.rows.values()) for batch in batches], pa.int64()),
        }
    )


def _refill(archive: Archive, progress: Progress, hub_degree: int | None) -> SyncReport:
    """The same over Bolt, for a server that is not ours to stop."""
    with Session.of(archive.workspace) as session:
        with sync_lock(archive.workspace):
            progress.say("Emptying the database")
            half_done = archive.workspace.network / _HALF_DONE
            half_done.touch(mode=0o600)
            empty(session)
            half_done.unlink()
        return bring_up(archive, session, hub_degree=hub_degree, progress=progress)


def require_whole(workspace: Workspace) -> None:
    """NetworkError when a rebuild was interrupted: what the server holds means nothing then."""
    if is_half_done(workspace):
        raise NetworkError("a rebuild of the Neo4j network was interrupted", hint="bakau network rebuild")
