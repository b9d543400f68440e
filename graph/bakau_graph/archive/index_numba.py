"""The sort of `index.py`, compiled: identities are hashes, so their bits spread them evenly over buckets.

First over few large ones that are written side by side, then each of those, which fits in the cache, over many small ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Spots = npt.NDArray[np.int64]

_LARGE, _LARGE_BITS = 256, 8
#: About so many rows a small bucket; they are put in order one by one.
_FEW = 4


@compiled
def sort_rows(high: Words, low: Words, content: Words, rows: Words, order: Spots) -> None:  # pragma: no cover  (compiled)
    """Fill `rows` (3, n) with the columns sorted by (high, low), equal ones as they come, and `order` (n) with where each came from."""
    shift = np.uint64(64 - _LARGE_BITS)
    ends = np.zeros(_LARGE + 1, np.int64)
    for row in range(len(high)):
        ends[np.uintp(high[row] >> shift) + np.uintp(1)] += 1
    for bucket in range(_LARGE):
        ends[bucket + 1] += ends[bucket]
    spread = np.empty((len(high), 4), np.uint64)
    for row in range(len(high)):
        large = np.uintp(high[row] >> shift)
        spot = np.uintp(ends[large])
        ends[large] += 1
        spread[spot, 0], spread[spot, 1], spread[spot, 2], spread[spot, 3] = high[row], low[row], content[row], np.uint64(row)
    begin = 0
    for bucket in range(_LARGE):  # ends[bucket] is now where it ends
        end = ends[bucket]
        _sort_bucket(spread[begin:end], rows[:, begin:end], order[begin:end])
        begin = end


@compiled
def mark_ranges(high: Words, ranges: Words) -> None:  # pragma: no cover  (compiled)
    """Set the bit of each first word in `ranges` (bits of 2^k ranges of words, all 0)."""
    bits = 6
    while len(ranges) << 6 > 1 << bits:
        bits += 1
    shift, inner, one = np.uint64(64 - bits), np.uint64(63), np.uint64(1)
    for row in range(len(high)):
        place = high[row] >> shift
        ranges[np.uintp(place >> np.uint64(6))] |= one << (place & inner)


@compiled
def match_rows(
    rows: Words, ranges: Words, stored: Words, found: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]
) -> None:  # pragma: no cover  (compiled)
    """Go through two sorted indexes (3, n) side by side: which of `rows` stand in `stored`, and which with the same content.

    Most stored ones stand in no row: `ranges` of `rows` say so without a comparison whose outcome the processor cannot foresee.
    """
    bits = 6
    while len(ranges) << 6 > 1 << bits:
        bits += 1
    shift, inner, one = np.uint64(64 - bits), np.uint64(63), np.uint64(1)
    row, count = 0, rows.shape[1]
    for spot in range(stored.shape[1]):
        high = stored[0, spot]
        place = high >> shift
        if (ranges[np.uintp(place >> np.uint64(6))] >> (place & inner)) & one:
            low = stored[1, spot]
            while row < count and (rows[0, row] < high or (rows[0, row] == high and rows[1, row] < low)):
                row += 1
            near = row
            while near < count and rows[0, near] == high and rows[1, near] == low:
                found[near] = True
                same[near] |= stored[2, spot] == rows[2, near]
                near += 1


@compiled
def _sort_bucket(spread: Words, rows: Words, order: Spots) -> None:  # pragma: no cover  (compiled)
    """The same for the rows of a large bucket, each a row of `spread`: high, low, content, where it came from."""
    bits = 0
    while len(spread) >> bits > _FEW:
        bits += 1
    shift, mask = np.uint64(64 - _LARGE_BITS - bits), np.uint64((1 << bits) - 1)
    ends = np.zeros((1 << bits) + 1, np.int32)
    for row in range(len(spread)):
        ends[np.uintp((spread[row, 0] >> shift) & mask) + np.uintp(1)] += 1
    for small in range(1 << bits):
        ends[small + 1] += ends[small]
    turn = np.empty(len(spread), np.int32)
    for row in range(len(spread)):
        bucket = np.uintp((spread[row, 0] >> shift) & mask)
        turn[np.uintp(ends[bucket])] = row
        ends[bucket] += 1
    begin = 0
    for small in range(1 << bits):
        for place in range(begin + 1, ends[small]):
            row, spot = turn[place], place
            first, second = spread[row, 0], spread[row, 1]
            while spot > begin:
                before = turn[spot - 1]
                if spread[before, 0] < first or (spread[before, 0] == first and spread[before, 1] <= second):
                    break
                turn[spot] = before
                spot -= 1
            turn[spot] = row
        begin = ends[small]
    for place in range(len(spread)):
        origin = np.uintp(turn[place])
        rows[0, place], rows[1, place], rows[2, place] = spread[origin, 0], spread[origin, 1], spread[origin, 2]
        order[place] = np.int64(spread[origin, 3])
