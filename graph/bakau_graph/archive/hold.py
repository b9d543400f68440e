"""Legal hold: while it lasts nothing of a source is purged. Placed and released by a person, with a reason, in the ledger for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau.times import now_us
from bakau_graph.archive import ledger
from bakau_graph.archive.archive import whoami

if TYPE_CHECKING:
    from bakau.workspace import Workspace
    from bakau_graph.archive.archive import Archive

HOLD, RELEASE = "hold", "release"


def hold_source(archive: Archive, source_id: str, *, reason: str, release: bool = False, who: str | None = None) -> None:
    """Place a hold on a source, or release it. InputError without a reason, and when it stands already (or does not, for a release)."""
    if not reason.strip():
        raise InputError("a hold needs a reason", hint='--reason "…"')
    archive.get_source(source_id)
    with archive.writer() as commit:
        held = source_id in read_holds(archive.workspace)
        if held != release:
            raise InputError(f"source {source_id!r} is {'on hold already' if held else 'not on hold'}", hint="bakau source list")
        action, person = RELEASE if release else HOLD, who or whoami()
        with commit(f"source.{action}", person) as (connection, version):
            connection.execute("INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?)", (source_id, action, reason, person, now_us(), version))


def read_holds(workspace: Workspace) -> dict[str, str]:
    """Sources that are on hold now, with the reason."""
    connection = ledger.connect(workspace.archive / ledger.FILE_NAME)
    try:
        rows = connection.execute("SELECT source_id, action, reason FROM hold ORDER BY rowid").fetchall()
    finally:
        connection.close()
    newest = {row["source_id"]: row for row in rows}
    return {source_id: row["reason"] for source_id, row in newest.items() if row["action"] == HOLD}
