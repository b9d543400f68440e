"""The loops of `occurrences.py`, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Counts = npt.NDArray[np.int64]

_COUNT, _TAG = np.uint64(0xFFFF_FFFF), np.uint64(0xFFFF_FFFF_0000_0000)
_NONE, _ONE = np.uint64(0), np.uint64(1)
#: Slots asked for before the first of them is looked at, so that several are on their way from memory at once.
_AHEAD = 16


@compiled
def count(low: Words, high: Words, result: Counts, done: int, slots: Words, used: int) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Count the contents from `done` on; stops before the table is three quarters full. Returns how many are done, and slots in use.

    A slot is (64 bits of the content, 32 more and how often it was met), or zero.
    """
    mask, most = np.uint64(len(slots) - 1), 3 * len(slots) // 4
    warm = _NONE
    for begin in range(done, len(result), _AHEAD):
        end = min(begin + _AHEAD, len(result))
        if used + end - begin > most:
            return begin, used
        for row in range(begin, end):
            warm |= slots[low[row] & mask, 0]
        for row in range(begin, end):
            slot, tag = low[row] & mask, high[row] & _TAG
            while slots[slot, 1] != _NONE and (slots[slot, 0] != low[row] or slots[slot, 1] & _TAG != tag):
                slot = (slot + _ONE) & mask
            if slots[slot, 1] == _NONE:
                used += 1
                slots[slot, 0], slots[slot, 1] = low[row], tag
            result[row] = np.int64(slots[slot, 1] & _COUNT)
            slots[slot, 1] += _ONE
    return len(result), used


@compiled
def place_again(slots: Words, larger: Words) -> None:  # pragma: no cover  (compiled)
    """Move every entry to a larger table of zeros."""
    mask = np.uint64(len(larger) - 1)
    for old in range(len(slots)):
        if slots[old, 1] != _NONE:
            slot = slots[old, 0] & mask
            while larger[slot, 1] != _NONE:
                slot = (slot + _ONE) & mask
            larger[slot, 0], larger[slot, 1] = slots[old, 0], slots[old, 1]
