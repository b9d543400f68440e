"""What a run stores: its derived tables, refused when a row is keyed to somebody who is protected, else written as segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import ArchiveError, ProtectedError
from bakau_graph.archive.derived import DERIVED
from bakau_graph.archive.segment import Segment, SegmentWriter, move_into_place, write_intent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bakau_graph.archive.snapshot import Snapshot


def refuse_protected(tables: Mapping[str, pa.Table], snapshot: Snapshot) -> None:
    """ProtectedError when any row is keyed to an account that is protected in this snapshot; ArchiveError for an undeclared table."""
    for name, rows in tables.items():
        declared = DERIVED.get(name)
        if declared is None:
            raise ArchiveError(f"no derived table {name!r} is declared")
        if declared.subject is None:
            continue
        hidden = pc.is_in(rows[declared.subject], value_set=pa.array(snapshot.protection.protected_accounts))
        if count := pc.sum(hidden).as_py() or 0:
            hint = "run `bakau analyse` again"
            raise ProtectedError(f"{count} rows of {name} are keyed to protected accounts; nothing was stored", hint=hint)


def store_tables(archive: Path, run_id: str, tables: Mapping[str, pa.Table]) -> list[Segment]:
    """Write the tables of a run as segments of the archive's folder; nothing sees them before the ledger lists them."""
    staging, folder = archive / "staging", archive / "segments"
    writers: list[tuple[str, SegmentWriter]] = []
    for name, rows in sorted(tables.items()):
        writer = SegmentWriter(staging, f"{run_id}.{name}", DERIVED[name].schema)
        writer.write(rows)
        writers.append((name, writer))
    segments = [Segment(name, "derived", writer.close(), writer.rows) for name, writer in writers]
    write_intent(staging, run_id, [segment.name for segment in segments])
    for segment, (_, writer) in zip(segments, writers, strict=True):
        move_into_place(writer.path, folder, segment.name)
    return segments
