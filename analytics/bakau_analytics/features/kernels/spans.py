"""Bounds and marks that the blocks in NumPy and the compiled loops share, so that one kernel asks the same either way. Microseconds, unless said otherwise."""

from __future__ import annotations

import numpy as np

from bakau.times import DAY_US

WEEK, MONTH, QUARTER = 7 * DAY_US, 30 * DAY_US, 90 * DAY_US
#: A counterparty is new without a payment in so long before; a crowded day has so many payments.
NEW, CROWD = 60 * DAY_US, 3
#: The longest gap that a rise may bridge.
RISE = 20 * DAY_US
#: Parts per million; from here on both sides of a ratio are cut, so that 64 bits are enough.
PPM, CUT = 1_000_000, 10**12
#: Stands for null in what is found for a group. No count, gap or sum of amounts is as small.
NONE = np.iinfo(np.int64).min
#: Stands for "none before, or after": further than any window.
FAR = np.iinfo(np.int64).max
