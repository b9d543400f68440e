"""The loop of `known_texts.py`, compiled: an open hash table over 96 bits of a keyed hash of each text.

`slots` is a (2^k, 2) array of words. A slot is (64 bits of the hash, 32 more and a number of 32 bits above zero), or zero where it is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.siphash_numba import LANES, hash_short

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Octets = npt.NDArray[np.uint8]
    Codes = npt.NDArray[np.int32]

#: The half of a slot's second word that holds the number; the other half belongs to the hash.
_NUMBER = np.uint64(0xFFFF_FFFF)
_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_NONE, _ONE = np.uint64(0), np.uint64(1)


@compiled
def _find(slots: Words, low: np.uint64, high: np.uint64) -> tuple[np.uint64, bool]:  # pragma: no cover  (compiled)
    """The slot of a hash, and whether it is free: then the hash is new, and its first word and tag stand there now."""
    mask, tag = np.uint64(len(slots) - 1), high & _TAG
    slot = low & mask
    while slots[slot, 1] != _NONE and (slots[slot, 0] != low or slots[slot, 1] & _TAG != tag):
        slot = (slot + _ONE) & mask
    if slots[slot, 1] != _NONE:
        return slot, False
    slots[slot, 0], slots[slot, 1] = low, tag
    return slot, True


@compiled
def _place_again(slots: Words, larger: Words) -> None:  # pragma: no cover  (compiled)
    """Move every entry to a larger table of zeros."""
    mask = np.uint64(len(larger) - 1)
    for old in range(len(slots)):
        if slots[old, 1] != _NONE:
            slot = slots[old, 0] & mask
            while larger[slot, 1] != _NONE:
                slot = (slot + _ONE) & mask
            larger[slot, 0], larger[slot, 1] = slots[old, 0], slots[old, 1]


@compiled
def look_up(
    key: Words,
    octets: Octets,
    begins: Codes,
    ends: Codes,
    codes: Codes,
    fresh: Codes,
    done: int,
    slots: Words,
    count: int,
    before: int,
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Number the texts from `done` on; the rows of new ones go to `fresh`. Stops when the table is half full.

    The number in a slot is the text's and one more. Returns how many texts are done, and how many are known.
    """
    mask, most = np.uint64(len(slots) - 1), len(slots) // 2
    low, high = np.empty(LANES, np.uint64), np.empty(LANES, np.uint64)
    lanes, room = np.empty(4 * LANES, np.uint64), np.empty(LANES, np.uint64)
    for begin in range(done, len(codes), LANES):
        size = min(LANES, len(codes) - begin, most - count)
        end = begin + size
        hash_short(key, octets, begins[begin:end], ends[begin:end], low[:size], high[:size], lanes, room)
        for place in range(size):  # slots on the way from memory at once; nobody reads what is kept, but loads kept nowhere are left out
            room[place] = slots[low[place] & mask, 0]
        for place in range(size):
            slot, is_new = _find(slots, low[place], high[place])
            if is_new:
                fresh[count - before] = begin + place
                count += 1
                slots[slot, 1] |= np.uint64(count)
            codes[begin + place] = np.int32(slots[slot, 1] & _NUMBER) - 1
        if size < LANES or count >= most:
            return begin + size, count
    return len(codes), count


def make_slots(about: int) -> Words:
    """An empty table of the next power of two above `about`."""
    return np.zeros((1 << about.bit_length(), 2), np.uint64)


def grow(slots: Words) -> Words:
    """The same entries with twice the room: memory that is never looked at must be cleared, too."""
    larger = np.zeros((2 * len(slots), 2), np.uint64)
    _place_again(slots, larger)
    return larger
