"""What a crash leaves behind, cleared by the next writer that holds the lock: staged files, and listed-nowhere segments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bakau_graph.archive import ledger

if TYPE_CHECKING:
    from bakau.workspace import Workspace


def clear_orphans(workspace: Workspace, ledger_path: Path) -> None:
    """Delete staged files and, per intent file, the final files no ledger row lists. Call with the writer lock held."""
    staging = workspace.archive / "staging"
    leftovers = list(staging.iterdir())
    if not leftovers:
        return
    connection = ledger.connect(ledger_path)
    try:
        listed = {
            row[0] for row in connection.execute("SELECT name FROM segment WHERE removed_in IS NULL UNION SELECT name FROM run_segment")
        }
        batches = {row[0] for row in connection.execute("SELECT batch_id FROM batch")}
    finally:
        connection.close()
    for intent in (path for path in leftovers if path.suffix == ".intent"):
        for name in _intended(intent):
            if name.name not in listed:
                name.unlink(missing_ok=True)
        if intent.stem not in batches:
            for index in (workspace.archive / "index").glob(f"{intent.stem}.*.npy"):
                index.unlink(missing_ok=True)
    for path in leftovers:
        path.unlink(missing_ok=True)


def _intended(intent: Path) -> list[Path]:
    try:
        return [Path(name) for name in json.loads(intent.read_text(encoding="utf-8"))]
    except ValueError:  # cut off by the crash: nothing had been moved yet
        return []
