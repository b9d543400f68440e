"""The loop of `known_texts.py`, compiled: a hash table over texts, keyed by SipHash-1-3 (Aumasson and Bernstein, 2012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.hash_table_numba import AHEAD, NUMBER, find
from bakau.siphash_numba import hash_text

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
    asked: Words,
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """Number the texts from `done` on; the rows of new ones go to `fresh`. Stops when the table is half full.

    The number in a slot is the text's and one more. `asked` is room for (3, `AHEAD`) words; nobody reads the last row. Returns how many texts are done, and how many are known.
    """
    mask, most = np.uint64(len(slots) - 1), len(slots) // 2
    low, high, stands = asked[0], asked[1], asked[2]
    for begin in range(done, len(codes), AHEAD):
        size = min(AHEAD, len(codes) - begin, most - count)
        for place in range(size):
            first, last = np.int64(begins[begin + place]), np.int64(ends[begin + place])
            low[place], high[place] = hash_text(key[0], key[1], octets, first, last, 1, 3)
        for place in range(size):
            stands[place] = slots[low[place] & mask, 0]
        for place in range(size):
            slot, is_new = find(slots, low[place], high[place])
            if is_new:
                fresh[count - before] = begin + place
                count += 1
                slots[slot, 1] |= np.uint64(count)
            codes[begin + place] = np.int32(slots[slot, 1] & NUMBER) - 1
        if size < AHEAD or count >= most:
            return begin + size, count
    return len(codes), count
