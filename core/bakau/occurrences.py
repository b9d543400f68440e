"""Which copy of a content a row is: transfers without a reference are told apart by how often the same content came before in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from bakau.compiled import pays

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau.ids import Identity
    from bakau.siphash import Words

    Counts = npt.NDArray[np.int64]


#: Slots a table begins with at most: 64 MB where nobody says how many rows will come, 256 MB where somebody does.
MOST_AT_FIRST, MOST_EXPECTED = (1 << 22) - 1, (1 << 24) - 1


class OccurrenceCounter(Protocol):
    """Counts, across the chunks of one file, the n-th occurrence (from 0) of each content."""

    def count(self, content: Identity) -> Counts:
        """Occurrence number of each row (int64, same length), continuing from earlier calls."""


def count_occurrences(rows: int, expected: int = 0) -> OccurrenceCounter:
    """A counter that begins at nothing, for chunks of about `rows` rows; `expected`: how many rows will come in all, as far as it is known."""
    slots = min(4 * expected // 3, MOST_EXPECTED) if expected > rows else min(8 * rows, MOST_AT_FIRST)
    return TableCounter(slots) if pays(rows) else RunCounter()


class TableCounter:
    """By a hash table (compiled): 64 and 32 bits of a content, which is a keyed hash already, and its count so far. 21 to 86 bytes a content.
    Begins with room for `slots` (a power of two is taken): moving to a larger table costs more than memory that is never looked at.
    """

    def __init__(self, slots: int = 1 << 12) -> None:
        from bakau.hash_table_numba import make_slots

        self._slots = make_slots(slots)
        self._used = 0

    def count(self, content: Identity) -> Counts:
        """See `OccurrenceCounter`."""
        from bakau.hash_table_numba import AHEAD, grow
        from bakau.occurrences_numba import count

        result, asked, done = np.empty(len(content.low), np.int64), np.empty(AHEAD, np.uint64), 0
        while done < len(result):  # the kernel stops where the table has to grow
            if 4 * self._used >= 3 * len(self._slots) - 4 * AHEAD:
                self._slots = grow(self._slots)
            done, self._used = count(content.low, content.high, result, done, self._slots, self._used, asked)
        return result


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
