"""Which copy of a content a row is: transfers without a reference are told apart by how often the same content came before in the file."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bakau.compiled import pays

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau.ids import Identity
    from bakau.siphash import Words

    Counts = npt.NDArray[np.int64]


#: Slots a table begins with at most: 32 MB where nobody says how many rows will come, 256 MB where somebody does.
MOST_AT_FIRST, MOST_EXPECTED = (1 << 22) - 1, (1 << 25) - 1


class OccurrenceCounter(Protocol):
    """Counts, across the chunks of one file, the n-th occurrence (from 0) of each content."""

    def count(self, content: Identity) -> Counts:
        """Occurrence number of each row (int64, same length), continuing from earlier calls."""


def count_occurrences(rows: int, expected: int = 0) -> OccurrenceCounter:
    """A counter that begins at nothing, for chunks of about `rows` rows; `expected`: how many rows will come in all, as far as it is known."""
    slots = min(4 * expected // 3, MOST_EXPECTED) if expected > rows else min(8 * rows, MOST_AT_FIRST)
    return TableCounter(slots) if pays(rows) else RunCounter()


class TableCounter:
    """By hash tables (compiled), 11 to 43 bytes a content: a slot holds 48 bits of a content, which is a keyed hash already, and how often it
    was met; where it lies says some 20 bits more. So two contents are taken for one once in 10^7 files of five million rows; the second
    is then called a copy of the first, and loaded like it.

    Begins with room for `slots` (a power of two is taken). A full table stays as it is, and what is new goes to one of twice its size:
    memory that is never looked at costs nothing, moving does.
    """

    def __init__(self, slots: int = 1 << 12) -> None:
        self._slots = _make_slots(slots)
        self._used = 0
        self._full: list[Words] = []
        self._many: dict[tuple[int, int], int] = {}

    def count(self, content: Identity) -> Counts:
        """See `OccurrenceCounter`."""
        from bakau.occurrences_numba import count, count_known

        low, high = content.low, content.high
        result, done = np.full(len(low), -1, np.int64), 0
        for slots in self._full:
            count_known(low, high, result, 0, slots)
        while True:
            done, self._used = count(low, high, result, done, self._slots, self._used)
            if done == len(result):
                break
            count_known(low, high, result, done, self._slots)
            self._full.append(self._slots)
            self._slots, self._used = _make_slots(len(self._slots)), 0
        self._count_many(content, result)
        return result

    def _count_many(self, content: Identity, result: Counts) -> None:
        """Number the rows whose content came more often than a slot can say."""
        from bakau.occurrences_numba import MANY, MOST

        for row in np.flatnonzero(result == MANY):
            which = int(content.low[row]), int(content.high[row])
            result[row] = self._many.get(which, MOST)
            self._many[which] = int(result[row]) + 1


def _make_slots(more_than: int) -> Words:
    """An empty table of the next power of two, in pages of the usual size: NumPy would ask for huge ones, and clearing those took longer than
    they save.
    """
    return np.frombuffer(mmap.mmap(-1, 8 << more_than.bit_length()), np.uint64)


class RunCounter:
    """By sorting. Holds 24 bytes per distinct content seen so far, as one sorted run per chunk; a newer run overrules an older one."""

    def __init__(self) -> None:
        self._runs: list[tuple[Words, Words, Counts]] = []

    def count(self, content: Identity) -> Counts:
        """See `OccurrenceCounter`."""
        order = np.argsort(content.low)
        if (np.diff(content.low[order]) == 0).any():  # some content may stand twice: keep the order of the file
            order = np.lexsort((content.high, content.low))
        low, high = content.low[order], content.high[order]
        if not len(order):
            return np.empty(0, np.int64)
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        starts = np.flatnonzero(fresh)
        group = np.cumsum(fresh) - 1
        base = self._seen_before(low[starts], high[starts])
        result = np.empty(len(order), np.int64)
        result[order] = np.arange(len(order)) - starts[group] + base[group]
        self._runs.append((low[starts], high[starts], base + np.diff(np.append(starts, len(order)))))
        return result

    def _seen_before(self, low: Words, high: Words) -> Counts:
        base = np.zeros(len(low), np.int64)
        for run_low, run_high, totals in self._runs:
            last = len(run_low) - 1
            spot = np.minimum(np.searchsorted(run_low, low), last)
            while (behind := (run_low[spot] == low) & (run_high[spot] < high) & (spot < last)).any():
                spot += behind  # another content that shares the low word stands first
            same = (run_low[spot] == low) & (run_high[spot] == high)
            base[same] = totals[spot[same]]
        return base
