"""How long a source may be kept: nothing is loaded into one whose last day is over; a later day is set by a person, with a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau.times import now_us
from bakau_graph.archive.archive import whoami

if TYPE_CHECKING:
    from bakau_graph.archive.archive import Archive
    from bakau_graph.archive.records import Source

#: Made with the first extension, so it needs no format number: an older Bakau reads the day from the source and passes over this.
TABLES = (
    """
CREATE TABLE IF NOT EXISTS extension (
    source_id TEXT NOT NULL REFERENCES source, former TEXT NOT NULL, keep_until TEXT NOT NULL, reason TEXT NOT NULL, made_by TEXT NOT NULL,
    recorded_us INTEGER NOT NULL, added_in INTEGER NOT NULL
) STRICT
""",
    """
CREATE TRIGGER IF NOT EXISTS extension_is_kept BEFORE DELETE ON extension BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END
""",
)


def today_utc() -> date:
    """The day it is, as ends of sources count it."""
    return datetime.now(UTC).date()


def refuse_over(source: Source) -> None:
    """InputError when the last day a source may be kept is over: nothing more is loaded into it."""
    if source.is_over(today_utc()):
        raise InputError(
            f"source {source.source_id} might be kept until {source.keep_until}: nothing more is loaded into it",
            hint=f'if its basis was renewed: bakau source extend {source.source_id} --keep-until YYYY-MM-DD --reason "…"',
        )


def extend_source(archive: Archive, source_id: str, keep_until: date, *, reason: str, who: str | None = None) -> Source:
    """Let a source be kept longer; the former day and the reason stay in the ledger. Returns the source as it is now.

    InputError without a reason, for a source without an end, and for a day that is past or not later than the one that stands.
    """
    if not reason.strip():
        raise InputError("an extension needs a reason", hint='--reason "…"')
    source = archive.get_source(source_id)
    if source.keep_until is None:
        raise InputError(f"source {source_id!r} has no end", hint="bakau source list")
    if keep_until <= source.keep_until or keep_until < today_utc():
        raise InputError(
            f"source {source_id!r} may be kept until {source.keep_until} already", hint="--keep-until names a later day to come"
        )
    with archive.writer() as commit, commit("source.extend", who) as (connection, version):
        for statement in TABLES:
            connection.execute(statement)
        values = (source_id, source.keep_until.isoformat(), keep_until.isoformat(), reason, who or whoami(), now_us(), version)
        connection.execute("INSERT INTO extension VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("UPDATE source SET keep_until = ? WHERE source_id = ?", (keep_until.isoformat(), source_id))
    return archive.get_source(source_id)
