"""Amounts: the step `price` and the features `passed_on_ppm`, `retention_ppm`, `smallest_amount` and `top_amounts_ppm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US
from bakau_analytics.features.kernels.marks import SPAN
from bakau_analytics.features.kernels.rows import Rows, tell_both
from bakau_analytics.features.kernels.spans import CUT, FAR, NONE, PPM
from bakau_analytics.features.kernels.windows import DeclinedError, Grouped, load_series, require_small
from bakau_analytics.flow import BEGINNING_US

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from bakau_analytics.features.kernels.journal import Journal

    Ints = npt.NDArray[np.int64]

#: More than this times what was received is not said; how many amounts are an account's commonest.
_MOST_TIMES, _COMMONEST = 4, 3
_HELD_DAYS = (7, 30, 90)


def make_passed_on_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `passed_on_ppm`. DeclinedError where an account's amounts together may leave 64 bits."""
    found, every = Rows("account_key"), journal.sides_by_currency
    got, gave, _, n = find_totals(journal, BEGINNING_US, times=_MOST_TIMES)
    share = np.where(gave >= got * _MOST_TIMES, _MOST_TIMES * PPM, gave // (got // PPM + 1))
    found.add(got > 0, account_key=journal.owners[every.heads], currency=journal.currency[every.heads >> 1], n=n, value=share)
    return found.finish_first(journal, ("account_key",))


def make_retention_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `retention_ppm`. DeclinedError where an account's amounts together may leave 64 bits."""
    found, every = Rows("account_key"), journal.sides_by_currency
    shares = {}
    for days in _HELD_DAYS:
        got, gave, n, _ = find_totals(journal, journal.as_of_us - days * DAY_US)
        cut = got // CUT + 1
        whole = got // cut
        shares[f"retention_ppm_{days}d"] = np.where(whole > 0, np.maximum(got - gave, 0) // cut * PPM // np.maximum(whole, 1), NONE)
    # The currency is that of most payments within the longest window.
    found.add(n > 0, account_key=journal.owners[every.heads], currency=journal.currency[every.heads >> 1], n=n, **shares)
    return found.finish_first(journal, ("account_key",), tuple(shares))


def find_totals(journal: Journal, after_us: int, *, times: int = 1) -> Ints:
    """Of each account and currency what `series_numba.find_totals` says of later payments, in order of `journal.sides_by_currency`.

    DeclinedError where the amounts of one of them together, so many times, may not fit 64 bits.
    """
    every = journal.sides_by_currency
    found = np.zeros((4, len(every.heads)), np.int64)
    if journal.compiled:
        most = load_series().find_totals(every.rows, every.begin, journal.ts, journal.is_stated, journal.amount, after_us, found)
        require_small(most * times)
        return found
    group = np.repeat(np.arange(len(every.heads)), np.diff(every.begin))
    use = np.flatnonzero(journal.is_stated[every.rows >> 1] & (journal.ts[every.rows >> 1] > after_us))
    group, side = group[use], every.rows[use]
    amount = journal.amount[side >> 1]
    require_small(float(np.bincount(group, amount, len(every.heads)).max()) * times)
    np.add.at(found, (side & 1, group), amount)
    found[2] = np.bincount(group, minlength=len(every.heads))
    found[3] = np.bincount(group[(side & 1 == 0) & (amount > 0)], minlength=len(every.heads))
    return found


def make_smallest_amount(journal: Journal) -> pa.Table:
    """The rows of the feature `smallest_amount`: ranks rise with amounts, so that the least rank is that of the least amount."""
    ladder = journal.amounts
    currency = journal.currency[ladder.heads]
    everyone = np.bincount(currency, np.diff(ladder.begin), len(journal.currencies)).astype(np.int64)
    below = ladder.begin[:-1] - (np.cumsum(everyone) - everyone)[currency]
    before = np.append(below * PPM // everyone[currency], FAR)[journal.rungs]  # the last where none is stated
    found = Rows("account_key")
    value = np.minimum.reduceat(before[journal.sides.rows >> 1], journal.sides.begin[:-1])
    found.add(value != FAR, account_key=journal.owners[journal.sides.heads], value=value)
    return found.finish(journal)


def make_top_amounts_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `top_amounts_ppm`."""
    rows = journal.then_by(journal.amounts.rows, journal.dst)
    owners = Grouped.of(rows, journal.dst, compiled=journal.compiled)
    found, top = Rows("account_key"), np.zeros(len(owners.heads), np.int64)
    if journal.compiled:
        load_series().find_commonest(journal.rungs[rows], owners.begin, top)
    else:
        prices = Grouped.of(rows, journal.dst, journal.rungs, compiled=False)
        owner, n = np.searchsorted(owners.begin, prices.begin[:-1], side="right") - 1, np.diff(prices.begin)
        order = np.lexsort((-n, owner))
        first = np.searchsorted(owner, np.arange(len(owners.heads)))
        np.add.at(top, owner[order], np.where(np.arange(len(owner)) - first[owner[order]] < _COMMONEST, n[order], 0))
    found.add(np.ones(len(top), np.bool_), account_key=journal.dst[owners.heads], value=top * PPM // np.maximum(np.diff(owners.begin), 1))
    return found.finish(journal)


def make_price(journal: Journal) -> pa.Table:
    """The rows of the step `price`."""
    found, (side, points, commonest, n) = Rows("account_key"), journal.once(find_prices)
    found.add(n > 0, account_key=side >> 1, is_out=side & 1, points=points, commonest=commonest, n=n)
    return found.finish(journal)


def make_price_points(journal: Journal) -> pa.Table:
    """The rows of the feature `price_points`."""
    side, points, _, _ = journal.once(find_prices)
    return tell_both(journal, "price_points", side, points)


def make_commonest_amount_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `commonest_amount_ppm`."""
    side, _, commonest, n = journal.once(find_prices)
    return tell_both(journal, "commonest_amount_ppm", side, commonest * PPM // n)


def find_prices(journal: Journal) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each account and direction (twice the account's number, plus 1 when seen from the sender) that stated an amount in the last 90
    days: how many different ones, how often the commonest, how often any.
    """
    recent = slice(int(np.searchsorted(journal.ts, journal.as_of_us - SPAN, side="right")), None)
    rung = np.tile(journal.rungs[recent], 2)
    side = np.concatenate((journal.dst[recent].astype(np.int64) * 2, journal.src[recent].astype(np.int64) * 2 + 1))
    width = len(journal.amounts.heads)
    code = np.sort(side[rung >= 0] * width + rung[rung >= 0])
    begin = np.flatnonzero(np.diff(code, prepend=-1))
    n, owner = np.diff(begin, append=len(code)), code[begin] // max(width, 1)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    if not len(first):
        raise DeclinedError
    return owner[first], np.diff(first, append=len(owner)), np.maximum.reduceat(n, first), np.add.reduceat(n, first)
