"""What a crash leaves behind, cleared by the next writer that holds the lock: staged files, and listed-nowhere segments.

A batch is staged in a room: a folder of ``staging/`` that its writer holds by a lock of the operating system for as long as it lives.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bakau_graph.archive import ledger
from bakau_graph.archive.leaving import LISTED, read_leaving
from bakau_graph.archive.segment import segment_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bakau.workspace import Workspace

SEGMENT_NAME = re.compile(r"[0-9a-f]{64}\.(parquet|bkv)")

_HELD = "held"


@contextmanager
def staging_room(staging: Path, lock: Callable[[], AbstractContextManager[None]]) -> Iterator[Path]:
    """A folder of one's own under ``staging/`` for the block. It is made under the writer lock: no other writer sees it unheld."""
    with lock():
        room = Path(tempfile.mkdtemp(prefix="room-", dir=staging))
        handle = os.open(room / _HELD, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(handle)


def _clear_room(room: Path) -> None:
    """Remove a room whose holder is gone."""
    try:
        handle = os.open(room / _HELD, os.O_RDWR)
    except FileNotFoundError:  # half removed, or half made, by a process that died
        shutil.rmtree(room, ignore_errors=True)
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(room, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(handle)


def clear_orphans(workspace: Workspace, ledger_path: Path) -> None:
    """Delete staged files, the rooms nobody holds and, per intent file, the final files no ledger row lists. Call with the writer lock held."""
    staging = workspace.archive / "staging"
    leftovers = list(staging.iterdir())
    if not leftovers:
        return
    connection = ledger.connect(ledger_path)
    try:
        listed = {row[0] for row in connection.execute(LISTED)} | read_leaving(connection)
        batches = {row[0] for row in connection.execute("SELECT batch_id FROM batch")}
    finally:
        connection.close()
    for intent in (path for path in leftovers if path.suffix == ".intent"):
        for name in _intended(intent):
            if name not in listed:
                _place_of(workspace, name).unlink(missing_ok=True)
        if intent.stem not in batches:
            for index in (workspace.archive / "index").glob(f"{intent.stem}.*.npy"):
                index.unlink(missing_ok=True)
    for path in leftovers:
        if path.is_dir():
            _clear_room(path)
        else:
            path.unlink(missing_ok=True)


def pending_names(workspace: Workspace) -> set[str]:
    """Names of segments that a writer which has not ended, or ended badly, meant to add or take away."""
    return {name for intent in (workspace.archive / "staging").glob("*.intent") for name in _intended(intent)}


def _intended(intent: Path) -> list[str]:
    try:
        names = json.loads(intent.read_text(encoding="utf-8"))
    except (ValueError, FileNotFoundError):  # cut off by the crash: nothing had been moved yet; or its writer has just ended
        return []
    return [name for name in names if SEGMENT_NAME.fullmatch(name)]


def _place_of(workspace: Workspace, name: str) -> Path:
    return segment_path(workspace.vault if name.endswith(".bkv") else workspace.archive / "segments", name)
