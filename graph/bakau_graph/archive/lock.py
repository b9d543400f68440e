"""One writer: an OS lock that the kernel releases when its holder dies, with a note beside it saying who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bakau.errors import LockedError
from bakau.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


log = get_logger("bakau_graph.archive")

#: Seconds between two tries for the lock.
_PAUSE = 0.05


@contextmanager
def writer_lock(path: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the writer lock for the block. Not re-entrant.

    Waits up to `wait_s` seconds for another process to let go of it; then LockedError, which names the holder.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, wait_s)
        note = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "command": " ".join(sys.argv[:1]).rsplit("/", 1)[-1]})
        os.ftruncate(handle, 0)
        os.pwrite(handle, note.encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold a lock for the block, however long another process has it: for work that ends soon and is then found done."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _take(handle: int, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    said = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"another writer holds this workspace ({_holder(handle)})", hint="wait until it has ended, then run again"
                ) from error
            if not said:
                log.info("archive.waiting_for_writer", holder=_holder(handle))
                said = True
            time.sleep(_PAUSE)
        else:
            return


def _holder(handle: int) -> str:
    try:
        note = json.loads(os.pread(handle, 4096, 0))
        return f"pid {note['pid']} on {note['host']}: {note['command']}"
    except (ValueError, KeyError, OSError):
        return "holder unknown"
