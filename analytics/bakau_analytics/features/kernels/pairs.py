"""Windows over the payments from one account to another: the steps `pair`, `run`, `bond` and `climb`, and the feature `pair_value_30d`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US
from bakau_analytics.features.kernels.rows import Rows, nullable
from bakau_analytics.features.kernels.windows import NONE

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from bakau_analytics.features.kernels.journal import Journal
    from bakau_analytics.features.kernels.windows import Grouped

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]

_WEEK, _MONTH, _QUARTER = 7 * DAY_US, 30 * DAY_US, 90 * DAY_US
#: The longest gap that a rise may bridge.
_RISE = 20 * DAY_US


def _ends(journal: Journal, rows: Places, begin: Ints) -> dict[str, Places]:
    head = rows[begin[:-1]]
    return {"src": journal.src[head], "dst": journal.dst[head]}


def make_pair(journal: Journal) -> pa.Table:
    """The rows of the step `pair`."""
    found = Rows("src", "dst")
    for rows, begin in journal.pairs.blocks():
        frames = journal.frames(rows, begin)
        month = np.sign(frames.ts) * (np.abs(frames.ts) // _MONTH)  # towards zero, as SQL divides
        is_new = frames.is_first | (np.diff(month, prepend=0) != 0)
        months = frames.count(is_new)
        found.add(months > 0, **_ends(journal, rows, begin), months=months)
    return found.finish(journal)


def make_run(journal: Journal) -> pa.Table:
    """The rows of the step `run`."""
    found = Rows("src", "dst")
    for rows, begin in journal.pairs.blocks():
        frames = journal.frames(rows, begin)
        n = frames.most_rows(DAY_US, np.ones(len(rows), np.bool_))
        found.add(n > 0, **_ends(journal, rows, begin), n=n)
    return found.finish(journal)


def make_bond(journal: Journal) -> pa.Table:
    """The rows of the step `bond`."""
    found = Rows("src", "dst")
    for rows, begin in journal.pairs.blocks():
        frames, counts, timed = journal.frames(rows, begin), journal.counts(rows), journal.is_timed[rows]
        gap = journal.gaps[0][rows]
        use = counts & (gap <= _QUARTER)
        n = frames.count(use)
        found.add(
            frames.count(counts) > 0,
            **_ends(journal, rows, begin),
            n_24h=frames.most_sum(timed, DAY_US, counts & timed),
            n_7d=frames.most_rows(_WEEK, counts),
            n_30d=frames.most_rows(_MONTH, counts),
            shortest=nullable(frames.least(gap, use), DAY_US),
            mean=np.where(n > 0, frames.total(gap, use) // np.maximum(n, 1) // DAY_US, NONE),
        )
    return found.finish(journal)


def make_climb(journal: Journal) -> pa.Table:
    """The rows of the step `climb`."""
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
    return found.finish(journal)


def make_pair_value_30d(journal: Journal) -> pa.Table:
    """The rows of the feature `pair_value_30d`. DeclinedError where a pair's amounts together may leave 64 bits."""
    found = Rows("src", "dst")
    for rows, begin in _stated(journal, journal.pairs_by_currency).blocks():
        frames, counts, amount = journal.frames(rows, begin), journal.counts(rows), journal.amount[rows]
        frames.require_small(amount)
        n, value = frames.count(counts), frames.most_sum(amount, _MONTH, counts)
        found.add(n > 0, **_ends(journal, rows, begin), currency=journal.currency[rows[begin[:-1]]], n=n, value=value)
    return found.finish_first(journal, ("src", "dst"))


def _stated(journal: Journal, groups: Grouped) -> Grouped:
    """Those that state an amount."""
    return groups.keep(journal.is_stated[groups.rows])
