"""One writer: an OS lock that the kernel releases when its holder dies, with a note beside it saying who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bakau.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the writer lock for the block; LockedError naming the holder when another process has it. Not re-entrant."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockedError(
                f"another writer holds this workspace ({_holder(handle)})", hint="wait until it has ended, then run again"
            ) from error
        note = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "command": " ".join(sys.argv[:1]).rsplit("/", 1)[-1]})
        os.ftruncate(handle, 0)
        os.pwrite(handle, note.encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    try:
        note = json.loads(os.pread(handle, 4096, 0))
        return f"pid {note['pid']} on {note['host']}: {note['command']}"
    except (ValueError, KeyError, OSError):
        return "holder unknown"
