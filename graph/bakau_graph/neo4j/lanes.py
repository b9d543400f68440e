"""Write chunks over two connections at once: one is sent while the server still commits the other.

Two chunks are under way together only when they touch no group of accounts in common, so that neither waits for a lock the other holds,
and those that do are written in their order. While one is written the next is prepared.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Condition, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bakau_graph.neo4j.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Planned:
    """A chunk before its rows are read, and the groups of accounts it touches."""

    groups: frozenset[int]
    build: Callable[[], Chunk]


class Lanes:
    """Takes chunks in their order and writes them, two at a time where they have no group in common."""

    def __init__(self, planned: Iterator[Planned], write: Callable[[Iterator[Chunk]], None]) -> None:
        """`write` is called once per lane, in a thread of its own, and writes what it is given until nothing comes."""
        self._planned, self._write = planned, write
        self._order, self._freed = Lock(), Condition()
        self._busy: frozenset[int] = frozenset()
        self._is_over = False

    def run(self) -> None:
        """Write all. The first error stops both lanes, each after the chunk it is at, and is raised."""
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(self._lane)
            self._lane()
            beside.result()

    def _lane(self) -> None:
        try:
            self._write(self._take())
        finally:  # also when there is nothing more: the other lane finds that out itself
            self._stop()

    def _stop(self) -> None:
        with self._freed:
            self._is_over = True
            self._freed.notify_all()

    def _may_go(self, groups: frozenset[int]) -> bool:
        return self._is_over or not self._busy & groups

    def _take(self) -> Iterator[Chunk]:
        while True:
            with self._order:  # held until its groups are free: what comes later does not overtake
                planned = None if self._is_over else next(self._planned, None)
                if planned is None:
                    return
                chunk = planned.build()
                with self._freed:
                    self._freed.wait_for(partial(self._may_go, planned.groups))
                    if self._is_over:
                        return
                    self._busy |= planned.groups
            try:
                yield chunk
            finally:
                with self._freed:
                    self._busy -= planned.groups
                    self._freed.notify_all()
