"""Progress for people: a bar on a terminal once work lasts over two seconds, silence everywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Work shorter than this shows nothing.
PATIENCE_SECONDS = 2.0


class Progress(Protocol):
    """What long work calls: how far it is. Both calls are cheap and may be called per chunk."""

    def advance(self, amount: int = 1) -> None:
        """Say that this much more is done."""

    def say(self, text: str) -> None:
        """Name the step being worked on."""


class SilentProgress:
    """For pipes, tests and libraries."""

    def advance(self, amount: int = 1) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


class TerminalProgress:
    """A rich bar on stderr that appears only when patience runs out."""

    def __init__(self, title: str, total: int | None) -> None:
        self._title, self._total = title, total
        self._done = 0
        self._begin = time.monotonic()
        self._bar: object | None = None
        self._task = 0

    def advance(self, amount: int = 1) -> None:
        """Say that this much more is done."""
        self._done += amount
        self._show()

    def say(self, text: str) -> None:
        """Name the step being worked on."""
        self._title = text
        self._show()

    def _show(self) -> None:
        if self._bar is None and time.monotonic() - self._begin < PATIENCE_SECONDS:
            return
        from rich.console import Console
        from rich.progress import Progress as RichProgress
        from rich.progress import TaskID

        if not isinstance(self._bar, RichProgress):
            self._bar = RichProgress(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=self._total)
        self._bar.update(TaskID(self._task), completed=self._done, description=self._title)

    def close(self) -> None:
        """Take the bar away."""
        stop = getattr(self._bar, "stop", None)
        if stop is not None:
            stop()


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Progress]:
    """Progress for the block: a bar when stderr is a terminal, silence otherwise. `total` in whatever unit `advance` counts."""
    if not sys.stderr.isatty():
        yield SilentProgress()
        return
    bar = TerminalProgress(title, total)
    try:
        yield bar
    finally:
        bar.close()
