"""Sliding windows over rows that stand group by group, in order of time within each: what a RANGE frame of SQL sees, as places in arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bakau_analytics.features.kernels.spans import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]

#: Rows taken at a time (more where one group has more), so that they stay in the processor's cache and memory stays bounded.
BLOCK_ROWS = 1 << 17
#: Sums of amounts up to here are exact in 64 bits whatever the window; a group beyond is left to SQL.
_MOST = 2.0**62


class DeclinedError(Exception):
    """Not for a kernel: no row, or a sum that may not fit 64 bits. SQL, which sums in more, answers. Never leaves this package."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Rows (their places) group by group, in order of time within each; `begin` says where each group begins and, at its end, where all end."""

    rows: Places
    begin: Ints
    compiled: bool

    @classmethod
    def of(cls, rows: Places, *codes: Places | Ints, compiled: bool) -> Grouped:
        """Rows in order of codes, by which they are grouped; `codes` are those of every row, in its own order."""
        if not len(rows):
            return cls(rows, np.zeros(1, np.int64), compiled)
        differs = np.zeros(len(rows) - 1, np.bool_)
        for code in codes:
            if compiled:
                _loops().mark_changes(rows, code, differs)
            else:
                own = code[rows]
                differs |= own[1:] != own[:-1]
        return cls(rows, np.concatenate(([0], np.flatnonzero(differs) + 1, [len(rows)])), compiled)

    @property
    def heads(self) -> Places:
        """Of each group the first of its rows."""
        return self.rows[self.begin[:-1]]

    def keep(self, use: Flags) -> Grouped:
        """The same without some rows: `use` says for each place in `rows` whether it stays."""
        before = np.concatenate(([0], np.cumsum(use)))[self.begin]
        return Grouped(self.rows[use], np.concatenate((before[:-1][before[1:] > before[:-1]], before[-1:])), self.compiled)

    def split(self, own: Places, bins: int) -> Grouped:
        """Groups by one more code (0 to `bins` - 1): `own` says that of each place in `rows`. Few groups, as a rule, have several."""
        if not len(self.rows):
            return self
        differs = np.concatenate(([True], own[1:] != own[:-1]))
        differs[self.begin[:-1]] = False
        if not differs.any():
            return self
        group = np.repeat(np.arange(len(self.begin) - 1, dtype=np.int32), np.diff(self.begin))
        has_several = np.zeros(len(self.begin) - 1, np.bool_)
        has_several[group[differs]] = True
        spots = np.flatnonzero(has_several[group]).astype(np.int32)
        order = place_rows(place_rows(spots, own, bins, compiled=self.compiled), group, len(has_several), compiled=self.compiled)
        rows, own = self.rows.copy(), own.copy()
        rows[spots], own[spots] = self.rows[order], own[order]
        begins = np.concatenate(([True], own[1:] != own[:-1]))
        begins[self.begin[:-1]] = True
        return Grouped(rows, np.concatenate((np.flatnonzero(begins), [len(rows)])), self.compiled)

    def blocks(self) -> Iterator[tuple[Places, Ints]]:
        """Rows of whole groups, some at a time, and where their groups begin and all end."""
        at, last = 0, len(self.begin) - 1
        while at < last:
            end = max(at + 1, int(np.searchsorted(self.begin, self.begin[at] + BLOCK_ROWS, side="right")) - 1)
            end = min(end, last)
            yield self.rows[self.begin[at] : self.begin[end]], self.begin[at : end + 1] - self.begin[at]
            at = end


@dataclass(eq=False)
class Frames:
    """The windows of a block of rows that end at each row, those at the same instant included: in NumPy, where loops are not compiled."""

    ts: Ints
    begin: Ints

    @cached_property
    def first(self) -> Ints:
        """Of each row the first place of its group."""
        return np.repeat(self.begin[:-1], np.diff(self.begin))

    @cached_property
    def is_first(self) -> Flags:
        """Which rows are the first of their group?"""
        found = np.zeros(len(self.ts), np.bool_)
        found[self.begin[:-1]] = True
        return found

    @cached_property
    def end(self) -> Ints:
        """Of each row the place after the last of its group at the same instant."""
        differs = np.ones(len(self.ts) + 1, np.bool_)
        differs[1:-1] = self.ts[1:] != self.ts[:-1]
        differs[self.begin] = True
        cut = np.flatnonzero(differs)
        return np.repeat(cut[1:], np.diff(cut))

    def starts(self, span: int) -> Ints:
        """Of each row the first place of its group that is less than `span` microseconds before it."""
        low, high, oldest = self.first.copy(), np.arange(len(self.ts)), self.ts - span
        while (searching := low < high).any():
            middle = (low + high) >> 1
            is_older = self.ts[middle] <= oldest
            low = np.where(searching & is_older, middle + 1, low)
            high = np.where(searching & ~is_older, middle, high)
        return low

    def sum(self, values: Ints | Flags, span: int) -> Ints:
        """Of each row the sum of the values in the window of that span."""
        return self._sum_from(values, self.starts(span))

    def most_sum(self, values: Ints | Flags, span: int, use: Flags) -> Ints:
        """Of each group the largest sum of the values in the window of a row in use, or NONE."""
        return self.most(self.sum(values, span), use)

    def most_rows(self, span: int, use: Flags) -> Ints:
        """Of each group the most rows in the window of a row in use, or NONE."""
        return self.most(self.end - self.starts(span), use)

    def most_distinct(self, gap_before: Ints, gap_after: Ints, span: int, use: Flags) -> Ints:
        """Of each group the most different counterparties in the window of a row in use, or NONE.

        A payment adds one when its counterparty was not there for a span, and is the last to leave when it will not be for a span.
        """
        leaves = gap_after >= span
        enters: Ints = (gap_before >= span).astype(np.int64)
        return self.most(self._sum_from(enters - leaves, self.first) + self._sum_from(leaves, self.starts(span)), use)

    def _sum_from(self, values: Ints | Flags, starts: Ints) -> Ints:
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))
        return running[self.end] - running[starts]

    def most(self, values: Ints, use: Flags) -> Ints:
        """Of each group the largest of the values in use, or NONE."""
        found: Ints = np.maximum.reduceat(np.where(use, values, NONE), self.begin[:-1])
        return found

    def least(self, values: Ints, use: Flags) -> Ints:
        """Of each group the smallest of the values in use, or NONE."""
        found: Ints = np.minimum.reduceat(np.where(use, values, np.iinfo(np.int64).max), self.begin[:-1])
        return np.where(self.count(use) > 0, found, NONE)

    def count(self, use: Flags) -> Ints:
        """Of each group the rows in use."""
        found: Ints = np.add.reduceat(use, self.begin[:-1], dtype=np.int64)
        return found

    def total(self, values: Ints, use: Flags) -> Ints:
        """Of each group the sum of the values in use."""
        found: Ints = np.add.reduceat(np.where(use, values, 0), self.begin[:-1])
        return found

    def require_small(self, amounts: Ints, *, times: int = 1) -> None:
        """DeclinedError where the amounts of one group together, so many times, may not fit 64 bits."""
        require_small(float(np.add.reduceat(amounts.astype(np.float64), self.begin[:-1]).max()) * times)


def require_small(most: float) -> None:
    """DeclinedError where the largest sum may not fit 64 bits."""
    if most >= _MOST:
        raise DeclinedError


def find_twins(by_src: Grouped, by_dst: Grouped, dst: Places, fed: Ints) -> tuple[Ints, Ints]:
    """Of each account the most senders it has in common with one other, and the largest share (ppm) of common among all of both's senders.

    Links from a sender to a receiver stand in order of (sender, receiver), no two alike; `dst` is the receiver of each, `fed` says how many
    senders each account has, those of no link included.
    """
    shared, ppm = np.zeros(len(fed), np.int64), np.zeros(len(fed), np.int64)
    sizes = np.diff(by_src.begin)
    group = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    if by_src.compiled:
        _loops().find_twins(by_dst.rows, by_dst.begin, dst, by_src.begin, group, fed, shared, ppm)
        return shared, ppm
    one = np.repeat(dst, sizes[group])  # each link beside every link of its sender
    turn = np.arange(len(one)) - np.repeat(np.cumsum(sizes[group]) - sizes[group], sizes[group])
    other = dst[np.repeat(by_src.begin[:-1][group], sizes[group]) + turn]
    pairs, n = np.unique(one[one != other].astype(np.int64) * len(fed) + other[one != other], return_counts=True)
    one, other = pairs // max(len(fed), 1), pairs % max(len(fed), 1)
    np.maximum.at(shared, one, n)
    np.maximum.at(ppm, one, n * 1_000_000 // (fed[one] + fed[other] - n))
    return shared, ppm


def place_rows(rows: Places, codes: Places, bins: int, *, compiled: bool) -> Places:
    """Rows in order of their code (0 to `bins` - 1), equal ones as they stand; `codes` has that of every row."""
    if not compiled:
        ordered: Places = rows[np.argsort(codes[rows], kind="stable")]
        return ordered
    counts = np.bincount(codes if len(rows) == len(codes) else codes[rows], minlength=bins)
    placed = np.empty(len(rows), np.int32)
    _loops().place_rows(rows, codes, np.cumsum(counts) - counts, placed)
    return placed


def order_by(codes: Places, bins: int, *, compiled: bool) -> Places:
    """Places in order of code (0 to `bins` - 1), equal ones as they stand."""
    return place_rows(np.arange(len(codes), dtype=np.int32), codes, bins, compiled=compiled)


def _loops() -> ModuleType:
    """Loaded when first used: whoever needs no kernel does not load numba."""
    from bakau_analytics.features.kernels import windows_numba

    return windows_numba


def load_series() -> ModuleType:
    """The same for loops that say all that a kernel asks of a group at once."""
    from bakau_analytics.features.kernels import series_numba

    return series_numba


def load_climbs() -> ModuleType:
    """The same for sums that rise between two accounts."""
    from bakau_analytics.features.kernels import climbs_numba

    return climbs_numba
