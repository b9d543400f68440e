"""Many files: made ready side by side, committed one by one in their order, so that the archive is what loading one by one makes it.

At most `workers` files are under way at once. Each is read, converted and staged chunk by chunk in a thread of its own, waits for the
files before it, and is then judged and committed. A file that fails takes no other with it; where the archive itself cannot be written, none after
it is loaded, so that a smaller file does not slip in before a larger one. Whatever ends the run, files already committed stand: the same call again knows them by hash and mapping and reads only the rest.
"""

from __future__ import annotations

import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Condition, Lock
from typing import TYPE_CHECKING

from bakau.errors import ArchiveError, BakauError, OvertakenError
from bakau_ingest.load import load_file
from bakau_ingest.selection import Refused
from bakau_ingest.streams import weigh_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from bakau.progress import Progress
    from bakau_graph.archive import Archive
    from bakau_ingest.load import Loaded, LoadOptions
    from bakau_ingest.selection import Chosen

#: Files made ready at once unless asked otherwise; a default of ours: the commit stays one at a time, so more gain little.
MOST_WORKERS = 2
#: Exit codes from the best to the worst: done, your input, refused, failed.
_SEVERITY = (0, 2, 3, 1)


def count_workers() -> int:
    """How many files to make ready at once on this machine."""
    return min(MOST_WORKERS, len(os.sched_getaffinity(0)))


def worst_code(errors: Iterable[BakauError]) -> int:
    """The exit code of the worst of some errors, 0 when there is none."""
    return max((error.exit_code for error in errors), key=_SEVERITY.index, default=0)


def size_of(files: Iterable[Chosen]) -> int:
    """Bytes of all these files: what `load_files` counts progress in."""
    return sum(_size(chosen.path) for chosen in files)


def load_files(
    archive: Archive, files: Sequence[Chosen], options: LoadOptions, bar: Progress, *, workers: int = 1
) -> Generator[Loaded | Refused]:
    """Load files in order; gives what became of each, in the same order. `bar` advances in bytes of the files.

    Ends after the first file for which the archive could not be written.

    Closing the iterator, or an error of the caller, stops the files under way; nothing of them stays.
    """
    meter = _Meter(bar)
    outcomes = (
        _load_in_turn(archive, files, options, meter)
        if workers <= 1 or len(files) == 1
        else _load_abreast(archive, files, options, meter, workers)
    )
    with closing(outcomes):
        for found in outcomes:
            yield found
            if _ends(found):
                return


def _load_in_turn(archive: Archive, files: Sequence[Chosen], options: LoadOptions, meter: _Meter) -> Generator[Loaded | Refused]:
    for chosen in files:
        yield _load(archive, chosen, options, meter, None, 0)


def _load_abreast(
    archive: Archive, files: Sequence[Chosen], options: LoadOptions, meter: _Meter, workers: int
) -> Generator[Loaded | Refused]:
    turns = _Turns()
    with ThreadPoolExecutor(workers, thread_name_prefix="ingest") as pool:
        under_way: deque[Future[Loaded | Refused]] = deque()
        try:
            for place, chosen in enumerate(files):
                if len(under_way) == workers:
                    yield under_way.popleft().result()
                under_way.append(pool.submit(_load, archive, chosen, options, meter, turns, place))
            while under_way:
                yield under_way.popleft().result()
        finally:
            turns.stop()


def _ends(found: Loaded | Refused) -> bool:
    """Whether the archive itself could not be written: a full disk, a lock. Not where somebody was faster with one file."""
    return isinstance(found, Refused) and isinstance(found.error, ArchiveError) and not isinstance(found.error, OvertakenError)


def _load(archive: Archive, chosen: Chosen, options: LoadOptions, meter: _Meter, turns: _Turns | None, place: int) -> Loaded | Refused:
    counted = meter.begin(chosen, turns)
    try:
        return load_file(archive, chosen, options, counted, wait=None if turns is None else lambda: turns.wait(place))
    except BakauError as error:
        refused = Refused(chosen.path, error)
        if turns is not None and _ends(refused):
            turns.wait(place)
            turns.stop()
        return refused
    finally:
        counted.end()
        if turns is not None:
            turns.end(place)


class _StoppedError(Exception):
    """The run was stopped: what is under way is given up."""


class _Turns:
    """Lets files through in their order, whatever order they are ready in."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._next = 0
        self._ended: set[int] = set()
        self._is_stopped = False

    def wait(self, place: int) -> None:
        """Return when every file before this one has ended."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_stopped or self._next == place)
        self.check()

    def check(self) -> None:
        """Raise when the run was stopped."""
        if self._is_stopped:
            raise _StoppedError

    def end(self, place: int) -> None:
        """A file is done or has failed."""
        with self._condition:
            self._ended.add(place)
            while self._next in self._ended:
                self._ended.remove(self._next)
                self._next += 1
            self._condition.notify_all()

    def stop(self) -> None:
        """Let nobody through any more."""
        with self._condition:
            self._is_stopped = True
            self._condition.notify_all()


class _Meter:
    """All files as one bar: bytes done of all, so that the time left is said, and rows per second.

    A reader says rows, not bytes. What a row weighs is taken from the files that have ended, before that from the file's first lines.
    """

    def __init__(self, bar: Progress) -> None:
        self._bar, self._lock, self._begin = bar, Lock(), time.monotonic()
        self._rows = self._ended_rows = self._ended_bytes = 0

    def begin(self, chosen: Chosen, turns: _Turns | None) -> _Counted:
        """Progress for one file."""
        return _Counted(self, chosen, turns)

    def add(self, name: str, rows: int, size: int, line: float) -> int:
        """So many rows more of a file; `line` is what a row of it seems to weigh. Returns the bytes that stand for them."""
        with self._lock:
            self._rows += rows
            weight = self._ended_bytes / self._ended_rows if self._ended_rows else line
            done = min(size, int(rows * weight))
            seconds = max(time.monotonic() - self._begin, 0.001)
            self._bar.say(f"{name} · {self._rows:,} rows · {self._rows / seconds:,.0f} rows/s")
            self._bar.advance(done)
            return done

    def end(self, rows: int, size: int, shown: int) -> None:
        """A file has ended after so many rows; `shown` of its bytes were shown already."""
        with self._lock:
            self._ended_rows += rows
            self._ended_bytes += size if rows else 0
            self._bar.advance(size - shown)


class _Counted:
    """Progress of one file, in rows."""

    def __init__(self, meter: _Meter, chosen: Chosen, turns: _Turns | None) -> None:
        self._meter, self._path, self._turns = meter, chosen.path, turns
        self._size, self._shown, self._rows = _size(chosen.path), 0, 0
        self._line = 0.0 if chosen.recognised else weigh_line(chosen.path)  # a record of a message has many lines

    def advance(self, amount: int = 1) -> None:
        """So many rows more; stops the file when the run was stopped."""
        if self._turns is not None:
            self._turns.check()
        self._rows += amount
        self._shown += self._meter.add(self._path.name, amount, self._size - self._shown, self._line)

    def say(self, text: str) -> None:
        """Nothing: the meter says the file and its rows."""

    def end(self) -> None:
        """The file has ended, well or not."""
        self._meter.end(self._rows, self._size, self._shown)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
