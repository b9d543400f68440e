"""The loops of `known_texts.py`, compiled: an open hash table over texts, keyed by SipHash-1-3 (Aumasson and Bernstein, 2012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.siphash_numba import begin_state, mix

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Octets = npt.NDArray[np.uint8]
    Codes = npt.NDArray[np.int32]
    Spots = npt.NDArray[np.int64]

_8, _56 = np.uint64(8), np.uint64(56)
_FF, _EE, _DD = np.uint64(0xFF), np.uint64(0xEE), np.uint64(0xDD)
_CODE, _TAG = np.uint64(0xFFFF_FFFF), np.uint64(0xFFFF_FFFF_0000_0000)
_NONE, _ONE = np.uint64(0), np.uint64(1)
#: Texts hashed before the first of them is looked for.
_AHEAD = 16


@compiled
def _hash(key: Words, octets: Octets, begin: int, end: int) -> tuple[np.uint64, np.uint64]:  # pragma: no cover  (compiled)
    v0, v1, v2, v3 = begin_state(key[0], key[1])
    spot = begin
    while spot + 8 <= end:
        word = np.uint64(0)
        for place in range(8):
            word |= np.uint64(octets[spot + place]) << (_8 * np.uint64(place))
        v3 ^= word
        v0, v1, v2, v3 = mix(v0, v1, v2, v3)
        v0 ^= word
        spot += 8
    word = (np.uint64(end - begin) & _FF) << _56
    for place in range(end - spot):
        word |= np.uint64(octets[spot + place]) << (_8 * np.uint64(place))
    v3 ^= word
    v0, v1, v2, v3 = mix(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _EE
    for _ in range(3):
        v0, v1, v2, v3 = mix(v0, v1, v2, v3)
    low = v0 ^ v1 ^ v2 ^ v3
    v1 ^= _DD
    for _ in range(3):
        v0, v1, v2, v3 = mix(v0, v1, v2, v3)
    return low, v0 ^ v1 ^ v2 ^ v3


@compiled
def look_up(
    key: Words, octets: Octets, offsets: Codes, codes: Codes, fresh: Codes, done: int, slots: Words, count: int, before: int
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Number the texts from `done` on; the rows of new ones go to `fresh`. Stops when the table is half full.

    A slot is (64 bits of the hash, 32 more and the number + 1), or zero. Returns how many texts are done, and how many are known.
    """
    mask, most = np.uint64(len(slots) - 1), len(slots) // 2
    low, high = np.empty(_AHEAD, np.uint64), np.empty(_AHEAD, np.uint64)
    for begin in range(done, len(codes), _AHEAD):
        size = min(_AHEAD, len(codes) - begin)
        if count + size > most:
            size = most - count
        warm = np.uint64(0)
        for place in range(size):  # several slots are on their way from memory at once
            low[place], high[place] = _hash(key, octets, np.int64(offsets[begin + place]), np.int64(offsets[begin + place + 1]))
            warm |= slots[low[place] & mask, 0]
        for place in range(size):
            slot, tag = low[place] & mask, high[place] & _TAG
            while slots[slot, 1] != _NONE and (slots[slot, 0] != low[place] or slots[slot, 1] & _TAG != tag):
                slot = (slot + _ONE) & mask
            if slots[slot, 1] == _NONE:
                fresh[count - before] = begin + place
                count += 1
                slots[slot, 0], slots[slot, 1] = low[place], tag | np.uint64(count)
            codes[begin + place] = np.int32(slots[slot, 1] & _CODE) - 1
        if size < _AHEAD or count >= most:
            return begin + size, count
    return len(codes), count


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
