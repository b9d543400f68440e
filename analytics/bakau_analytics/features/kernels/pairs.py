"""Windows over the payments from one account to another: the steps `pair` and `climb`, and the features of accounts that add up pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.times import DAY_US
from bakau_analytics.features.kernels.rows import Rows, nullable
from bakau_analytics.features.kernels.windows import NONE, Grouped, order_by

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from bakau_analytics.features.kernels.journal import Journal

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]

_WEEK, _MONTH, _QUARTER = 7 * DAY_US, 30 * DAY_US, 90 * DAY_US
#: The longest gap that a rise may bridge.
_RISE = 20 * DAY_US
#: A payee paid again in so many months or more.
_AGAIN = 2
_PPM = 1_000_000


def _ends(journal: Journal, rows: Places, begin: Ints) -> dict[str, Places]:
    head = rows[begin[:-1]]
    return {"src": journal.src[head], "dst": journal.dst[head]}


def find_pairs(journal: Journal) -> Rows:
    """The rows of the step `pair`, one for each pair in order of `journal.pairs`."""
    found = Rows("src", "dst")
    for rows, begin in journal.pairs.blocks():
        frames, counts, timed = journal.frames(rows, begin), journal.counts(rows), journal.is_timed[rows]
        every = np.ones(len(rows), np.bool_)
        month = np.sign(frames.ts) * (np.abs(frames.ts) // _MONTH)  # towards zero, as SQL divides
        gap = journal.gaps[0][rows]
        use = counts & (gap <= _QUARTER)
        n = frames.count(use)
        found.add(
            np.ones(len(begin) - 1, np.bool_),
            **_ends(journal, rows, begin),
            n=np.diff(begin),
            months=frames.count(frames.is_first | (np.diff(month, prepend=0) != 0)),
            run=frames.most_rows(DAY_US, every),
            n_24h=frames.most_sum(timed, DAY_US, counts & timed),
            n_7d=frames.most_rows(_WEEK, counts),
            n_30d=frames.most_rows(_MONTH, counts),
            shortest=nullable(frames.least(gap, use), DAY_US),
            mean=np.where(n > 0, frames.total(gap, use) // np.maximum(n, 1) // DAY_US, NONE),
        )
    return found


def make_pair(journal: Journal) -> pa.Table:
    """The rows of the step `pair`."""
    return journal.once(find_pairs).finish(journal)


def find_climbs(journal: Journal) -> Rows:
    """The rows of the step `climb`, but one for each currency of a pair. DeclinedError where amounts together may leave 64 bits."""
    series = _stated(journal, journal.pairs_by_currency)
    rises = np.zeros(len(journal.ts), np.bool_)
    follows = np.ones(len(series.rows), np.bool_)
    follows[series.begin[:-1]] = False
    later, earlier = series.rows[1:], series.rows[:-1]
    rises[later] = follows[1:] & (journal.amount[later] > journal.amount[earlier]) & (journal.ts[later] - journal.ts[earlier] <= _RISE)
    found = Rows("src", "dst")
    for rows, begin in _stated(journal, journal.pairs).blocks():
        frames, counts = journal.frames(rows, begin), journal.counts(rows)
        climbs = frames.most_sum(rises[rows], _QUARTER, counts)
        found.add(climbs != NONE, **_ends(journal, rows, begin), climbs=climbs)
    return found


def make_climb(journal: Journal) -> pa.Table:
    """The rows of the step `climb`. DeclinedError where a pair's amounts together may leave 64 bits."""
    found = Rows("src", "dst")
    for rows, begin in _stated(journal, journal.pairs_by_currency).blocks():
        frames, counts, amount = journal.frames(rows, begin), journal.counts(rows), journal.amount[rows]
        frames.require_small(amount)
        n, value = frames.count(counts), frames.most_sum(amount, _MONTH, counts)
        found.add(n > 0, **_ends(journal, rows, begin), currency=journal.currency[rows[begin[:-1]]], n=n, value=value)
    climbs = journal.once(find_climbs).columns["climbs"]  # of the same pairs in the same order: those that state an amount
    return found.finish_first(journal, ("src", "dst")).append_column("climbs", pa.array(climbs))


def make_payments_in(journal: Journal) -> pa.Table:
    """The rows of the feature `payments_in`."""
    return _tell(journal, journal.dst[journal.received.rows[journal.received.begin[:-1]]], np.diff(journal.received.begin))


def make_payments_out(journal: Journal) -> pa.Table:
    """The rows of the feature `payments_out`."""
    return _tell(journal, journal.src[journal.sent.rows[journal.sent.begin[:-1]]], np.diff(journal.sent.begin))


def make_senders(journal: Journal) -> pa.Table:
    """The rows of the feature `senders`."""
    n = np.bincount(journal.once(find_pairs).columns["dst"], minlength=len(journal.keys))
    return _tell(journal, np.flatnonzero(n), n[n > 0])


def make_receivers(journal: Journal) -> pa.Table:
    """The rows of the feature `receivers`."""
    n = np.bincount(journal.once(find_pairs).columns["src"], minlength=len(journal.keys))
    return _tell(journal, np.flatnonzero(n), n[n > 0])


def make_repeat_payees_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `repeat_payees_ppm`."""
    pairs = journal.once(find_pairs).columns
    n = np.bincount(pairs["src"], minlength=len(journal.keys))
    again = np.bincount(pairs["src"][pairs["months"] >= _AGAIN], minlength=len(journal.keys))
    return _tell(journal, np.flatnonzero(n), again[n > 0] * _PPM // n[n > 0])


def make_burst_received_24h(journal: Journal) -> pa.Table:
    """The rows of the feature `burst_received_24h`."""
    return _tell_most(journal, find_pairs, "dst", "run")


def make_burst_sent_24h(journal: Journal) -> pa.Table:
    """The rows of the feature `burst_sent_24h`."""
    return _tell_most(journal, find_pairs, "src", "run")


def make_escalation_in(journal: Journal) -> pa.Table:
    """The rows of the feature `escalation_in`."""
    return _tell_most(journal, find_climbs, "dst", "climbs")


def make_escalation_out(journal: Journal) -> pa.Table:
    """The rows of the feature `escalation_out`."""
    return _tell_most(journal, find_climbs, "src", "climbs")


def _tell_most(journal: Journal, find: Callable[[Journal], Rows], end: str, what: str) -> pa.Table:
    """Of each account at that end the largest number of its pairs."""
    pairs = journal.once(find).columns
    owner = pairs[end].astype(np.int32)
    groups = Grouped.of(order_by(owner, len(journal.keys), compiled=journal.compiled), owner, compiled=journal.compiled)
    return _tell(journal, owner[groups.rows[groups.begin[:-1]]], np.maximum.reduceat(pairs[what][groups.rows], groups.begin[:-1]))


def _tell(journal: Journal, accounts: npt.NDArray[np.integer], value: Ints) -> pa.Table:
    found = Rows("account_key")
    found.add(np.ones(len(value), np.bool_), account_key=accounts, value=value)
    return found.finish(journal)


def _stated(journal: Journal, groups: Grouped) -> Grouped:
    """Those that state an amount."""
    return groups.keep(journal.is_stated[groups.rows])
