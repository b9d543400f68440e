"""The sort of `index.py`, compiled: identities are hashes, so their bits spread them evenly over buckets.

First over few large ones, chunk by chunk as the rows come, then each of those, which fits in the cache, over many small ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Spots = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

_LARGE_BITS = 8
#: How many buckets rows are dealt to.
BUCKETS = 1 << _LARGE_BITS
#: About so many rows a small bucket; they are put in order one by one.
_FEW = 4


@compiled
def deal_rows(
    high: Words, low: Words, content: Words, rows: Words, origins: npt.NDArray[np.uint32], ends: Spots
) -> None:  # pragma: no cover  (compiled)
    """Fill `rows` (n, 3) with the columns by bucket, as they come within one, `origins` (n) with where each came from, and `ends`
    (buckets + 1, all 0) with where the first begins and where each ends.
    """
    shift, one = np.uint64(64 - _LARGE_BITS), np.uintp(1)
    for row in range(len(high)):
        ends[np.uintp(high[row] >> shift) + one] += 1
    for bucket in range(BUCKETS):
        ends[bucket + 1] += ends[bucket]
    spots = ends[:-1].copy()
    for row in range(len(high)):
        large = np.uintp(high[row] >> shift)
        spot = np.uintp(spots[large])
        spots[large] += 1
        rows[spot, 0], rows[spot, 1], rows[spot, 2] = high[row], low[row], content[row]
        origins[spot] = row


@compiled
def mark_ranges(high: Words, ranges: Words, skip: np.uint64) -> None:  # pragma: no cover  (compiled)
    """Set the bit of each first word in `ranges` (bits of 2^k ranges of words, all 0). All words begin with the same `skip` bits."""
    bits = 6
    while len(ranges) << 6 > 1 << bits:
        bits += 1
    shift, inner, one = np.uint64(64 - bits), np.uint64(63), np.uint64(1)
    for row in range(len(high)):
        place = (high[row] << skip) >> shift
        ranges[np.uintp(place >> np.uint64(6))] |= one << (place & inner)


@compiled
def match_rows(
    rows: Words, ranges: Words, skip: np.uint64, high: Words, low: Words, content: Words, found: Flags, same: Flags
) -> None:  # pragma: no cover  (compiled)
    """Go through two sorted indexes side by side: which of `rows` (3, n) stand among the columns of the stored one, and which with the same
    content. All words of either begin with the same `skip` bits.

    Most stored ones stand in no row: `ranges` of `rows` say so without a comparison whose outcome the processor cannot foresee.
    """
    bits = 6
    while len(ranges) << 6 > 1 << bits:
        bits += 1
    shift, inner, one = np.uint64(64 - bits), np.uint64(63), np.uint64(1)
    row, count = 0, rows.shape[1]
    for spot in range(len(high)):
        first = high[spot]
        place = (first << skip) >> shift
        if (ranges[np.uintp(place >> np.uint64(6))] >> (place & inner)) & one:
            second = low[spot]
            while row < count and (rows[0, row] < first or (rows[0, row] == first and rows[1, row] < second)):
                row += 1
            near = row
            while near < count and rows[0, near] == first and rows[1, near] == second:
                found[near] = True
                same[near] |= content[spot] == rows[2, near]
                near += 1


@compiled
def sort_bucket(
    among: Words, origins: npt.NDArray[np.unsignedinteger], rows: Words, order: npt.NDArray[np.unsignedinteger], begin: int
) -> None:  # pragma: no cover  (compiled)
    """Put the rows of one bucket (n, 3: high, low, content) into `rows` (3, all) from `begin` on, sorted by (high, low), equal ones as they
    come, and where each came from into `order`.
    """
    bits = 0
    while len(among) >> bits > _FEW:
        bits += 1
    shift, mask = np.uint64(64 - _LARGE_BITS - bits), np.uint64((1 << bits) - 1)
    ends = np.zeros((1 << bits) + 1, np.int32)
    for row in range(len(among)):
        ends[np.uintp((among[row, 0] >> shift) & mask) + np.uintp(1)] += 1
    for small in range(1 << bits):
        ends[small + 1] += ends[small]
    turn = np.empty(len(among), np.int32)
    for row in range(len(among)):
        small_one = np.uintp((among[row, 0] >> shift) & mask)
        turn[np.uintp(ends[small_one])] = row
        ends[small_one] += 1
    first_spot = 0
    for small in range(1 << bits):
        for place in range(first_spot + 1, ends[small]):
            row, spot = turn[place], place
            first, second = among[row, 0], among[row, 1]
            while spot > first_spot:
                before = turn[spot - 1]
                if among[before, 0] < first or (among[before, 0] == first and among[before, 1] <= second):
                    break
                turn[spot] = before
                spot -= 1
            turn[spot] = row
        first_spot = ends[small]
    for place in range(len(among)):
        origin, target = np.uintp(turn[place]), np.uintp(begin + place)
        rows[0, target], rows[1, target], rows[2, target] = among[origin, 0], among[origin, 1], among[origin, 2]
        order[target] = origins[origin]
