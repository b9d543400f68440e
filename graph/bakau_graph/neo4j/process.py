"""A process that outlives us: is it still the one we started, and how does it stop?

A process number alone proves nothing, since the system gives it to others later. What counts is number, start time and command line.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
#: Seconds between two looks at a process.
_PAUSE_S = 0.1


def start_time_of(pid: int) -> int:
    """When the process began, in clock ticks since the machine did; 0 when there is no such process or it is already dead."""
    try:
        # After the name, which stands in parentheses and may hold anything, field 3 is the state and field 22 the start time.
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])


def is_alive(pid: int, started: int, word: str) -> bool:
    """Does the process that began then still run, with this word in its command line?"""
    if pid <= 0:
        return False
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    if start_time_of(pid) != started or not started:
        return False
    try:
        return word.encode() in (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def stop(pid: int, started: int, word: str, *, patience_s: float) -> bool:
    """Ask the process to end and wait for it; false when it is still there after `patience_s`."""
    if is_alive(pid, started, word):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + patience_s
    while is_alive(pid, started, word):
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE_S)
    return True
