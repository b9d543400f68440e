"""The loop of `known_texts.py`, compiled: a hash table over texts, keyed by SipHash-1-3 (Aumasson and Bernstein, 2012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.hash_table_numba import NUMBER, find
from bakau.siphash_numba import LANES, hash_short

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Octets = npt.NDArray[np.uint8]
    Codes = npt.NDArray[np.int32]


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
            slot, is_new = find(slots, low[place], high[place])
            if is_new:
                fresh[count - before] = begin + place
                count += 1
                slots[slot, 1] |= np.uint64(count)
            codes[begin + place] = np.int32(slots[slot, 1] & NUMBER) - 1
        if size < LANES or count >= most:
            return begin + size, count
    return len(codes), count
