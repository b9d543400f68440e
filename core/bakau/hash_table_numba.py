"""An open hash table over 96 bits of a keyed hash, compiled: what the book of numbers in ingest stands on.

`slots` is a (2^k, 2) array of words. A slot is (64 bits of the hash, 32 more and a number of 32 bits above zero), or zero where it is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]

#: The half of a slot's second word that holds the number; the other half belongs to the hash.
NUMBER = np.uint64(0xFFFF_FFFF)
_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_NONE, _ONE = np.uint64(0), np.uint64(1)


@compiled
def find(slots: Words, low: np.uint64, high: np.uint64) -> tuple[np.uint64, bool]:  # pragma: no cover  (compiled)
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
def place_again(slots: Words, larger: Words) -> None:  # pragma: no cover  (compiled)
    """Move every entry to a larger table of zeros."""
    mask = np.uint64(len(larger) - 1)
    for old in range(len(slots)):
        if slots[old, 1] != _NONE:
            slot = slots[old, 0] & mask
            while larger[slot, 1] != _NONE:
                slot = (slot + _ONE) & mask
            larger[slot, 0], larger[slot, 1] = slots[old, 0], slots[old, 1]


def make_slots(about: int) -> Words:
    """An empty table of the next power of two above `about`."""
    return np.zeros((1 << about.bit_length(), 2), np.uint64)


def grow(slots: Words) -> Words:
    """The same entries with twice the room: memory that is never looked at must be cleared, too."""
    larger = np.zeros((2 * len(slots), 2), np.uint64)
    place_again(slots, larger)
    return larger
