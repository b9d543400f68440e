"""The loop of `occurrences.py`, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.hash_table_numba import AHEAD, NUMBER, find

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Counts = npt.NDArray[np.int64]

_ONE = np.uint64(1)


@compiled
def count(
    low: Words, high: Words, result: Counts, done: int, slots: Words, used: int, asked: Words
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Count the contents from `done` on; stops before the table is three quarters full. Returns how many are done, and slots in use.

    The number in a slot is how often its content was met. `asked` has room for `AHEAD` words, which nobody reads.
    """
    mask, most = np.uint64(len(slots) - 1), 3 * len(slots) // 4
    for begin in range(done, len(result), AHEAD):
        end = min(begin + AHEAD, len(result))
        if used + end - begin > most:
            return begin, used
        for place in range(end - begin):
            asked[place] = slots[low[begin + place] & mask, 1]
        for row in range(begin, end):
            slot, is_new = find(slots, low[row], high[row])
            used += is_new
            result[row] = np.int64(slots[slot, 1] & NUMBER)
            slots[slot, 1] += _ONE
    return len(result), used
