"""Windows over the payments from one account to another: the steps `pair` and `climb`, and the features of accounts that add up pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.times import DAY_US
from bakau_analytics.features.kernels.rows import Rows
from bakau_analytics.features.kernels.spans import FAR, MONTH, NONE, PPM, QUARTER, RISE, WEEK
from bakau_analytics.features.kernels.windows import Grouped, load_climbs, load_series, order_by, require_small

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_analytics.features.kernels.journal import Journal

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]

#: A payee paid again in so many months or more.
_AGAIN = 2


def _ends(journal: Journal, rows: Places, begin: Ints) -> dict[str, Places]:
    head = rows[begin[:-1]]
    return {"src": journal.src[head], "dst": journal.dst[head]}


def find_pairs(journal: Journal) -> Rows:
    """The rows of the step `pair`, one for each pair in order of `journal.pairs`."""
    found = Rows("src", "dst")
    if journal.compiled:
        pairs = journal.pairs
        numbers = np.repeat(np.array([NONE] * 5 + [0, FAR, 0])[:, np.newaxis], len(pairs.heads), axis=1)
        load_series().find_pairs(pairs.rows, pairs.begin, journal.ts, journal.is_timed, journal.is_counted, numbers)
        _add_pairs(found, journal, pairs.rows, pairs.begin, *numbers)
        return found
    for rows, begin in journal.pairs.blocks():
        frames, counts, timed = journal.frames(rows, begin), journal.counts(rows), journal.is_timed[rows]
        every = np.ones(len(rows), np.bool_)
        month = np.sign(frames.ts) * (np.abs(frames.ts) // MONTH)  # towards zero, as SQL divides
        gap = journal.gaps[0][rows]
        use = counts & (gap <= QUARTER)
        months = frames.count(frames.is_first | (np.diff(month, prepend=0) != 0))
        run, n_24h = frames.most_rows(DAY_US, every), frames.most_sum(timed, DAY_US, counts & timed)
        n_7d, n_30d = frames.most_rows(WEEK, counts), frames.most_rows(MONTH, counts)
        gaps = frames.count(use), frames.least(gap, use), frames.total(gap, use)
        _add_pairs(found, journal, rows, begin, months, run, n_24h, n_7d, n_30d, *gaps)
    return found


def _add_pairs(found: Rows, journal: Journal, rows: Places, begin: Ints, *numbers: Ints) -> None:
    """`numbers` as `series_numba.find_pairs` says them."""
    months, run, n_24h, n_7d, n_30d, gaps, least, total = numbers
    found.add(
        np.ones(len(begin) - 1, np.bool_),
        **_ends(journal, rows, begin),
        n=np.diff(begin),
        months=months,
        run=run,
        n_24h=n_24h,
        n_7d=n_7d,
        n_30d=n_30d,
        shortest=np.where(gaps > 0, least // DAY_US, NONE),
        mean=np.where(gaps > 0, total // np.maximum(gaps, 1) // DAY_US, NONE),
    )


def make_pair(journal: Journal) -> pa.Table:
    """The rows of the step `pair`."""
    return journal.once(find_pairs).finish(journal)


def find_climbs(journal: Journal) -> tuple[Rows, Rows]:
    """Of each pair its `climbs`, and of each currency of a pair how many payments count (`n`) and their most `value`, as the step `climb`
    asks. DeclinedError where amounts together may leave 64 bits.
    """
    return (_find_climbs_compiled if journal.compiled else _find_climbs_in_blocks)(journal)


def _find_climbs_compiled(journal: Journal) -> tuple[Rows, Rows]:
    series, pairs, loops = journal.pairs_by_currency, journal.pairs, load_climbs()
    rises, numbers = np.zeros(len(journal.ts), np.bool_), np.zeros((2, len(series.heads)), np.int64)
    facts = journal.ts, journal.is_counted, journal.is_stated
    require_small(loops.find_rises(series.rows, series.begin, *facts, journal.amount, rises, numbers))
    climbs = np.full(len(pairs.heads), NONE)
    loops.find_climbs(pairs.rows, pairs.begin, *facts, rises, climbs)
    found, by_currency = Rows("src", "dst"), Rows("src", "dst")
    found.add(climbs != NONE, **_ends(journal, pairs.rows, pairs.begin), climbs=climbs)
    n, value = numbers
    by_currency.add(
        n > 0, **_ends(journal, series.rows, series.begin), currency=journal.currency[series.heads], n=n, value=value
    )  # fmt: skip
    return found, by_currency


def _find_climbs_in_blocks(journal: Journal) -> tuple[Rows, Rows]:
    series = _stated(journal, journal.pairs_by_currency)
    rises = np.zeros(len(journal.ts), np.bool_)
    follows = np.ones(len(series.rows), np.bool_)
    follows[series.begin[:-1]] = False
    later, earlier = series.rows[1:], series.rows[:-1]
    rises[later] = follows[1:] & (journal.amount[later] > journal.amount[earlier]) & (journal.ts[later] - journal.ts[earlier] <= RISE)
    found, by_currency = Rows("src", "dst"), Rows("src", "dst")
    for rows, begin in _stated(journal, journal.pairs).blocks():
        frames, counts = journal.frames(rows, begin), journal.counts(rows)
        climbs = frames.most_sum(rises[rows], QUARTER, counts)
        found.add(climbs != NONE, **_ends(journal, rows, begin), climbs=climbs)
    for rows, begin in series.blocks():
        frames, counts, amount = journal.frames(rows, begin), journal.counts(rows), journal.amount[rows]
        frames.require_small(amount)
        n, value = frames.count(counts), frames.most_sum(amount, MONTH, counts)
        by_currency.add(n > 0, **_ends(journal, rows, begin), currency=journal.currency[rows[begin[:-1]]], n=n, value=value)
    return found, by_currency


def make_climb(journal: Journal) -> pa.Table:
    """The rows of the step `climb`. DeclinedError where a pair's amounts together may leave 64 bits."""
    found, by_currency = journal.once(find_climbs)
    climbs = found.columns["climbs"]  # of the same pairs in the same order: those that state an amount
    return by_currency.finish_first(journal, ("src", "dst")).append_column("climbs", pa.array(climbs))


def make_payments_in(journal: Journal) -> pa.Table:
    """The rows of the feature `payments_in`."""
    return _tell(journal, journal.dst[journal.received.heads], np.diff(journal.received.begin))


def make_payments_out(journal: Journal) -> pa.Table:
    """The rows of the feature `payments_out`."""
    return _tell(journal, journal.src[journal.sent.heads], np.diff(journal.sent.begin))


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
    return _tell(journal, np.flatnonzero(n), again[n > 0] * PPM // n[n > 0])


def make_reciprocity_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `reciprocity_ppm`."""
    pairs, keys = journal.once(find_pairs).columns, len(journal.keys)
    there = pairs["src"] * keys + pairs["dst"]
    back = pairs["dst"] * keys + pairs["src"]
    by_receiver = order_by(pairs["dst"].astype(np.int32), keys, compiled=journal.compiled)
    back = back[by_receiver]  # in order, as pairs stand by sender and receiver
    is_mutual = there[np.searchsorted(there, back).clip(max=len(there) - 1)] == back
    n = np.bincount(pairs["src"], minlength=keys)
    mutual = np.bincount(pairs["src"][by_receiver[is_mutual]], minlength=keys)
    return _tell(journal, np.flatnonzero(n), mutual[n > 0] * PPM // n[n > 0])


def make_pair_share_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `pair_share_ppm`."""
    recent, found = journal.recent_pairs, Rows("src", "dst")
    n, ends = np.diff(recent.begin), _ends(journal, recent.rows, recent.begin)
    sent, received = (np.zeros(len(journal.keys), np.int64) for _ in ends)
    np.add.at(sent, ends["src"], n)
    np.add.at(received, ends["dst"], n)
    of_sent, of_received = n * PPM // sent[ends["src"]], n * PPM // received[ends["dst"]]
    found.add(n > 0, **ends, pair_share_ppm_of_sent=of_sent, pair_share_ppm_of_received=of_received)
    return found.finish(journal)


def make_burst_received_24h(journal: Journal) -> pa.Table:
    """The rows of the feature `burst_received_24h`."""
    return _tell_most(journal, journal.once(find_pairs).columns, "dst", "run")


def make_burst_sent_24h(journal: Journal) -> pa.Table:
    """The rows of the feature `burst_sent_24h`."""
    return _tell_most(journal, journal.once(find_pairs).columns, "src", "run")


def make_escalation_in(journal: Journal) -> pa.Table:
    """The rows of the feature `escalation_in`."""
    return _tell_most(journal, journal.once(find_climbs)[0].columns, "dst", "climbs")


def make_escalation_out(journal: Journal) -> pa.Table:
    """The rows of the feature `escalation_out`."""
    return _tell_most(journal, journal.once(find_climbs)[0].columns, "src", "climbs")


def _tell_most(journal: Journal, pairs: dict[str, Ints], end: str, what: str) -> pa.Table:
    """Of each account at that end the largest number of its pairs."""
    most = np.full(len(journal.keys), NONE)
    np.maximum.at(most, pairs[end], pairs[what])
    return _tell(journal, np.flatnonzero(most != NONE), most[most != NONE])


def _tell(journal: Journal, accounts: npt.NDArray[np.integer], value: Ints) -> pa.Table:
    found = Rows("account_key")
    found.add(np.ones(len(value), np.bool_), account_key=accounts, value=value)
    return found.finish(journal)


def _stated(journal: Journal, groups: Grouped) -> Grouped:
    """Those that state an amount."""
    return groups.keep(journal.is_stated[groups.rows])
