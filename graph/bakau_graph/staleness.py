"""One line that says how far the network of a workspace is behind its archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.errors import NetworkError
from bakau_graph.networks import network_kind

if TYPE_CHECKING:
    from bakau_graph.archive import Archive


def describe_staleness(archive: Archive) -> str | None:
    """For a workspace walked on Neo4j: how far it is behind and what to run; None when it is in step or embedded (which builds itself)."""
    if network_kind(archive.workspace) != "neo4j":
        return None
    from bakau_graph.neo4j.session import Session
    from bakau_graph.neo4j.sync import measure_behind

    try:
        with Session.of(archive.workspace) as session:
            behind = measure_behind(session, archive.snapshot())
    except NetworkError as error:
        return f"network: {error}; it is brought in step later\n  → {error.hint}"
    if behind.is_current:
        return None
    gone = f", {len(behind.going):,} to take out" if behind.going else ""
    what = (
        f"{len(behind.coming):,} batches ({behind.transfers:,} transfers) behind{gone}"
        if behind.coming or behind.going
        else "a marking behind"
    )
    return f"network: Neo4j stands on {behind.label or 'nothing'}, {what}\n  → bakau network sync"
