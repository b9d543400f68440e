"""Time that passes for a source: its last day is moved, because nothing can be loaded into one that is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bakau_graph.archive import ledger

#: A day that is not over when the run ends, though it begins just before midnight.
LATER = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()


def end_source(workspace: Path, source_id: str, last: date | None = None) -> None:
    """Make `last` (yesterday by default) the last day the source might be kept."""
    day = last or datetime.now(UTC).date() - timedelta(days=1)
    connection = ledger.connect(Path(workspace) / "archive" / ledger.FILE_NAME)
    with ledger.transaction(connection):
        connection.execute("UPDATE source SET keep_until = ? WHERE source_id = ?", (day.isoformat(), source_id))
    connection.close()
