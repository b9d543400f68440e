"""The sort of `index.py`, compiled: identities are hashes, so their first 16 bits spread them evenly over small buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Spots = npt.NDArray[np.int64]

_BUCKETS, _SHIFT = 1 << 16, np.uint64(48)


@compiled
def sort_rows(high: Words, low: Words, content: Words, rows: Words, order: Spots) -> None:  # pragma: no cover  (compiled)
    """Fill `rows` (3, n) with the columns sorted by (high, low), equal ones as they come, and `order` (n) with where each came from."""
    ends = np.zeros(_BUCKETS + 1, np.int64)
    for row in range(len(high)):
        ends[int(high[row] >> _SHIFT) + 1] += 1
    for bucket in range(_BUCKETS):
        ends[bucket + 1] += ends[bucket]
    for row in range(len(high)):
        bucket = int(high[row] >> _SHIFT)
        spot = int(ends[bucket])
        ends[bucket] = spot + 1
        rows[0, spot], rows[1, spot], rows[2, spot], order[spot] = high[row], low[row], content[row], row
    begin = 0
    for bucket in range(_BUCKETS):  # ends[bucket] is now where it ends: a few rows each, so one by one into place
        for row in range(begin + 1, int(ends[bucket])):
            first, second, third, origin = rows[0, row], rows[1, row], rows[2, row], order[row]
            spot = row
            while spot > begin and (rows[0, spot - 1] > first or (rows[0, spot - 1] == first and rows[1, spot - 1] > second)):
                rows[0, spot], rows[1, spot], rows[2, spot] = rows[0, spot - 1], rows[1, spot - 1], rows[2, spot - 1]
                order[spot] = order[spot - 1]
                spot -= 1
            rows[0, spot], rows[1, spot], rows[2, spot], order[spot] = first, second, third, origin
        begin = int(ends[bucket])
