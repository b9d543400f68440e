"""Sums that rise between two accounts, compiled with numba (extra ``speed``): the twins of the blocks in `pairs`, as `series_numba` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau_analytics.features.kernels.series_numba import measure
from bakau_analytics.features.kernels.spans import MONTH, NONE, QUARTER, RISE

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]


@compiled
def find_rises(
    rows: Places, begin: Ints, ts: Ints, counts: Flags, is_stated: Flags, amount: Ints, rises: Flags, found: Ints
) -> float:  # pragma: no cover  (compiled)
    """Of each pair and currency how many payments count (0 beforehand) and the most value within 30 days; marks in `rises` payments above
    the one before, at most 20 days after it. Returns the largest sum of one group.
    """
    most = 0.0
    own = np.empty(measure(begin), np.int32)
    for group in range(len(begin) - 1):
        size, whole = 0, 0.0
        for at in range(begin[group], begin[group + 1]):
            row = rows[at]
            if is_stated[row]:
                if size:
                    last = own[size - 1]
                    rises[row] = amount[row] > amount[last] and ts[row] - ts[last] <= RISE
                own[size] = row
                whole += amount[row]
                size += 1
        most = max(most, whole)
        end, month, total, value = 0, 0, np.int64(0), np.int64(NONE)
        while end < size:
            now, is_used = ts[own[end]], False
            while end < size and ts[own[end]] == now:
                total += amount[own[end]]
                found[0, group] += counts[own[end]]
                is_used |= counts[own[end]]
                end += 1
            while ts[own[month]] <= now - MONTH:
                total -= amount[own[month]]
                month += 1
            if is_used:
                value = max(value, total)
        found[1, group] = value
    return most


@compiled
def find_climbs(
    rows: Places, begin: Ints, ts: Ints, counts: Flags, is_stated: Flags, rises: Flags, found: Ints
) -> None:  # pragma: no cover  (compiled)
    """Of each pair the most rises within 90 days among payments that state an amount; `found` is one number a group."""
    for group in range(len(begin) - 1):
        at, high, low, n, most = begin[group], begin[group + 1], begin[group], 0, NONE
        while at < high:
            now, is_used = ts[rows[at]], False
            while at < high and ts[rows[at]] == now:
                n += rises[rows[at]]  # never of one that states none
                is_used |= counts[rows[at]] and is_stated[rows[at]]
                at += 1
            while ts[rows[low]] <= now - QUARTER:
                n -= rises[rows[low]]
                low += 1
            if is_used:
                most = max(most, n)
        found[group] = most
