"""A session whose database stands on the newest snapshot: a small step over Bolt, a first filling by the bulk import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.progress import SilentProgress
from bakau.settings import load_settings
from bakau_graph.neo4j.bulk import rebuild, require_whole
from bakau_graph.neo4j.session import Session
from bakau_graph.neo4j.sync import bring_up, holds_purged, measure_behind

if TYPE_CHECKING:
    from bakau.progress import Progress
    from bakau_graph.archive import Archive
    from bakau_graph.neo4j.sync import SyncReport

#: An empty database is filled with more transfers than this by stopping our server and importing; a default of ours.
BULK_FROM = 200_000


def open_in_step(archive: Archive, progress: Progress | None = None, *, bulk_from: int = BULK_FROM) -> tuple[Session, SyncReport]:
    """Open the server of a workspace and bring it to the newest snapshot. The caller closes the session.

    NetworkError when the server or its database cannot be used, LockedError while another process brings it up.
    """
    bar = progress or SilentProgress()
    require_whole(archive.workspace)
    session = Session.of(archive.workspace)
    try:
        behind = measure_behind(session, archive.snapshot())
        large = behind.is_empty and behind.transfers > bulk_from
        # after a purge the files of our own server are made anew: what is deleted in place stays in them for a while
        if load_settings().neo4j_uri is None and (large or holds_purged(session, archive)):
            session.close()
            report = rebuild(archive, bar)
            return Session.of(archive.workspace), report
        return session, bring_up(archive, session, progress=bar)
    except BaseException:
        session.close()
        raise
