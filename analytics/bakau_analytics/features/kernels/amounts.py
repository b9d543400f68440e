"""Amounts of all time: the features `passed_on_ppm`, `smallest_amount` and `top_amounts_ppm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau_analytics.features.kernels.rows import Rows
from bakau_analytics.features.kernels.windows import NONE, Grouped

if TYPE_CHECKING:
    import pyarrow as pa

    from bakau_analytics.features.kernels.journal import Journal

_PPM = 1_000_000
#: More than this times what was received is not said; how many amounts are an account's commonest.
_MOST_TIMES, _COMMONEST = 4, 3


def make_passed_on_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `passed_on_ppm`. DeclinedError where an account's amounts together may leave 64 bits."""
    found, every = Rows("account_key"), journal.sides_by_currency
    for sides, begin in every.keep(journal.is_stated[every.rows >> 1]).blocks():
        rows, is_out, head = sides >> 1, (sides & 1).astype(np.bool_), sides[begin[:-1]]
        frames, amount = journal.frames(rows, begin), journal.amount[rows]
        frames.require_small(amount, times=_MOST_TIMES)
        got, gave = frames.total(amount, ~is_out), frames.total(amount, is_out)
        share = np.where(gave >= got * _MOST_TIMES, _MOST_TIMES * _PPM, gave // (got // _PPM + 1))
        n = frames.count(~is_out & (amount > 0))
        found.add(got > 0, account_key=journal.owners[head], currency=journal.currency[head >> 1], n=n, value=share)
    return found.finish_first(journal, ("account_key",))


def make_smallest_amount(journal: Journal) -> pa.Table:
    """The rows of the feature `smallest_amount`: ranks rise with amounts, so that the least rank is that of the least amount."""
    ladder = journal.amounts
    before = np.zeros(len(journal.ts), np.int64)
    everyone = np.bincount(journal.currency[ladder.rows], minlength=len(journal.currencies))
    below = np.repeat(ladder.begin[:-1], np.diff(ladder.begin)) - (np.cumsum(everyone) - everyone)[journal.currency[ladder.rows]]
    before[ladder.rows] = below * _PPM // everyone[journal.currency[ladder.rows]]
    found = Rows("account_key")
    for sides, begin in journal.sides.keep(journal.is_stated[journal.sides.rows >> 1]).blocks():
        rows = sides >> 1
        value = journal.frames(rows, begin).least(before[rows], np.ones(len(rows), np.bool_))
        found.add(value != NONE, account_key=journal.owners[sides[begin[:-1]]], value=value)
    return found.finish(journal)


def make_top_amounts_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `top_amounts_ppm`."""
    rows = journal.then_by(journal.amounts.rows, journal.dst)
    prices = Grouped.of(rows, journal.dst, journal.currency, journal.amount, compiled=journal.compiled)
    owner, n = journal.dst[prices.rows[prices.begin[:-1]]], np.diff(prices.begin)
    order = np.lexsort((-n, owner))
    owner, n = owner[order], n[order]
    accounts = Grouped.of(np.arange(len(owner), dtype=np.int32), owner, compiled=journal.compiled)
    place = np.arange(len(owner)) - np.repeat(accounts.begin[:-1], np.diff(accounts.begin))
    found = Rows("account_key")
    if len(owner):
        total, top = (np.add.reduceat(values, accounts.begin[:-1]) for values in (n, np.where(place < _COMMONEST, n, 0)))
        found.add(total > 0, account_key=owner[accounts.begin[:-1]], value=top * _PPM // total)
    return found.finish(journal)
