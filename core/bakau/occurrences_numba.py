"""The loops of `occurrences.py`, compiled.

`slots` is a table of 2^k words: 48 bits of a content's second word and 16 of how often it was met, or zero where the slot is free. A content
lies at the place its first word says, or after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Counts = npt.NDArray[np.int64]

#: The most a slot can say, and what the rows after that are numbered for now.
MOST, MANY = 0xFFFF, -2
_COUNT, _TAG = np.uint64(MOST), np.uint64(0xFFFF_FFFF_FFFF_0000)
_NONE, _ONE = np.uint64(0), np.uint64(1)
#: Slots asked for before the first of them is looked at, so that they are on the way from memory at once.
_AHEAD = 64


@compiled
def _find(slots: Words, low: np.uint64, high: np.uint64) -> np.uint64:  # pragma: no cover  (compiled)
    """The slot of a content, or the free one where it would be."""
    mask, tag = np.uint64(len(slots) - 1), high & _TAG
    slot = low & mask
    while slots[slot] != _NONE and slots[slot] & _TAG != tag:
        slot = (slot + _ONE) & mask
    return slot


@compiled
def _count_at(slots: Words, slot: np.uint64) -> np.int64:  # pragma: no cover  (compiled)
    """How often the content of a slot was met before; once more from now on."""
    before = slots[slot] & _COUNT
    if before == _COUNT:
        return np.int64(MANY)
    slots[slot] += _ONE
    return np.int64(before)


@compiled
def count(low: Words, high: Words, result: Counts, done: int, slots: Words, used: int) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Count the contents from `done` on whose result is -1, the others stand elsewhere; stops before the table is three quarters full.

    Returns how many are done, and slots in use.
    """
    mask, most = np.uint64(len(slots) - 1), 3 * len(slots) // 4
    asked = np.empty(_AHEAD, np.uint64)  # nobody reads it, but a compiler leaves out loads that are kept nowhere
    for begin in range(done, len(result), _AHEAD):
        end = min(begin + _AHEAD, len(result))
        if used + end - begin > most:
            return begin, used
        for place in range(end - begin):
            asked[place] = slots[low[begin + place] & mask]
        for row in range(begin, end):
            if result[row] != -1:
                continue
            slot = _find(slots, low[row], high[row])
            if slots[slot] == _NONE:
                slots[slot] = high[row] & _TAG
                used += 1
            result[row] = _count_at(slots, slot)
    return len(result), used


@compiled
def count_known(low: Words, high: Words, result: Counts, done: int, slots: Words) -> None:  # pragma: no cover  (compiled)
    """Count those of the contents from `done` on that stand in a full table."""
    for row in range(done, len(result)):
        if result[row] == -1:
            slot = _find(slots, low[row], high[row])
            if slots[slot] != _NONE:
                result[row] = _count_at(slots, slot)
