"""The loops of `windows.py`, compiled with numba (extra ``speed``). Imported only when there is work enough for them.

Rows come at `ts`, group by group from `begin` to `begin`; a window ends with all rows at a row's instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]


@compiled
def place_by(codes: Places, first: Ints, order: Places) -> None:  # pragma: no cover  (compiled)
    """Fill `order` with the places of `codes` in order of code, equal ones as they stand; `first` (all 0) has room for every code and one."""
    for code in codes:
        first[code + 1] += 1
    for code in range(len(first) - 1):
        first[code + 1] += first[code]
    for at in range(len(codes)):
        code = codes[at]
        order[first[code]] = at
        first[code] += 1


@compiled
def find_starts(ts: Ints, begin: Ints, span: int, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Fill `found` with the first place of each row's group that is less than a span before the row."""
    for group in range(len(begin) - 1):
        at = begin[group]
        for row in range(begin[group], begin[group + 1]):
            while ts[at] <= ts[row] - span:
                at += 1
            found[row] = at


@compiled
def sum_windows(ts: Ints, begin: Ints, values: Ints, span: int, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Fill `found` with the sum of the values in each row's window."""
    for group in range(len(begin) - 1):
        low, end, total = begin[group], begin[group], np.int64(0)
        for row in range(begin[group], begin[group + 1]):
            if row == end:
                while end < begin[group + 1] and ts[end] == ts[row]:
                    total += values[end]
                    end += 1
                while ts[low] <= ts[row] - span:
                    total -= values[low]
                    low += 1
            found[row] = total


@compiled
def find_peaks(ts: Ints, begin: Ints, values: Ints, span: int, use: Flags, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Raise `found` (one a group) to the largest sum of the values in the window of a row in use."""
    for group in range(len(begin) - 1):
        low, end, total = begin[group], begin[group], np.int64(0)
        for row in range(begin[group], begin[group + 1]):
            if row == end:
                while end < begin[group + 1] and ts[end] == ts[row]:
                    total += values[end]
                    end += 1
                while ts[low] <= ts[row] - span:
                    total -= values[low]
                    low += 1
            if use[row]:
                found[group] = max(found[group], total)


@compiled
def find_crowds(ts: Ints, begin: Ints, span: int, use: Flags, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Raise `found` (one a group) to the most rows in the window of a row in use."""
    for group in range(len(begin) - 1):
        low, end = begin[group], begin[group]
        for row in range(begin[group], begin[group + 1]):
            if row == end:
                while end < begin[group + 1] and ts[end] == ts[row]:
                    end += 1
                while ts[low] <= ts[row] - span:
                    low += 1
            if use[row]:
                found[group] = max(found[group], end - low)


@compiled
def find_fans(ts: Ints, begin: Ints, before: Ints, after: Ints, span: int, use: Flags, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Raise `found` (one a group) to the most counterparties in the window of a row in use; see `Frames.most_distinct`."""
    for group in range(len(begin) - 1):
        low, end, total = begin[group], begin[group], np.int64(0)
        for row in range(begin[group], begin[group + 1]):
            if row == end:
                while end < begin[group + 1] and ts[end] == ts[row]:
                    total += before[end] >= span
                    end += 1
                while ts[low] <= ts[row] - span:
                    total -= after[low] >= span
                    low += 1
            if use[row]:
                found[group] = max(found[group], total)


@compiled
def find_twins(
    links: Places, link_begin: Ints, whom: Places, whom_begin: Ints, group: Places, fed: Ints, shared: Ints, ppm: Ints
) -> None:  # pragma: no cover  (compiled)
    """Raise `shared` and `ppm` (one an account) to the most senders that an account has in common with one other, and their largest share.

    `links` are links group by group of one receiver from `link_begin`, `whom` the receivers of links group by group of one sender from
    `whom_begin`, `group` of each link its sender's group; `fed` says how many senders each account has.
    """
    seen = np.zeros(len(fed), np.int64)
    others = np.empty(len(fed), np.int64)
    for at in range(len(link_begin) - 1):
        one, count = whom[links[link_begin[at]]], 0
        for place in range(link_begin[at], link_begin[at + 1]):
            sender = group[links[place]]
            for link in range(whom_begin[sender], whom_begin[sender + 1]):
                other = whom[link]
                if other != one:
                    if seen[other] == 0:
                        others[count] = other
                        count += 1
                    seen[other] += 1
        for place in range(count):
            other = others[place]
            shared[one] = max(shared[one], seen[other])
            ppm[one] = max(ppm[one], seen[other] * 1_000_000 // (fed[one] + fed[other] - seen[other]))
            seen[other] = 0
