"""Windows over the payments of an account: the steps `pulse`, `pause` and `money`, and the features that frame an account's rows themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_analytics.features.kernels.marks import SPAN
from bakau_analytics.features.kernels.rows import Rows, nullable
from bakau_analytics.features.kernels.spans import CROWD, CUT, FAR, MONTH, NEW, NONE, PPM, QUARTER, WEEK
from bakau_analytics.features.kernels.windows import load_series, require_small

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from bakau_analytics.features.kernels.journal import Journal
    from bakau_analytics.features.kernels.windows import Grouped

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]

_SECOND = 1_000_000
_PULSE = ("n_1h", "n_24h", "n_7d", "n_30d", "n_90d", "new_30d", "fan_7d", "fan_30d", "fan_90d", "burst_ppm")
_MONEY = ("n", "in_24h", "in_7d", "in_30d", "out_24h", "out_7d", "out_30d", "passed_24h", "passed_7d")


def make_pulse(journal: Journal) -> pa.Table:
    """The rows of the step `pulse`."""
    found = Rows("account_key")
    for is_out, (codes, groups) in enumerate(((journal.dst, journal.received), (journal.src, journal.sent))):
        if journal.compiled:
            _add_pulses(found, journal, groups, account_key=codes[groups.heads], is_out=np.full(len(groups.heads), is_out))
            continue
        for rows, begin in groups.blocks():
            _add_pulse(found, journal, rows, begin, account_key=codes[rows[begin[:-1]]], is_out=np.full(len(begin) - 1, is_out))
    return found.finish(journal)


def _add_pulses(found: Rows, journal: Journal, groups: Grouped, **keys: npt.NDArray[np.integer]) -> None:
    numbers = np.full((len(_PULSE), len(groups.heads)), NONE)
    load_series().find_pulses(groups.rows, groups.begin, journal.ts, journal.is_timed, journal.is_counted, *journal.gaps, numbers)
    columns = dict(zip(_PULSE, numbers, strict=True))
    found.add(columns["n_7d"] != NONE, **keys, **columns)


def _add_pulse(found: Rows, journal: Journal, rows: Places, begin: Ints, **keys: npt.NDArray[np.integer]) -> None:
    frames, counts, timed = journal.frames(rows, begin), journal.counts(rows), journal.is_timed[rows]
    before, after = (gap[rows] for gap in journal.gaps)
    n_24h, burst = frames.sum(timed, DAY_US), np.full(len(rows), NONE)
    crowded = np.flatnonzero(timed & (n_24h >= CROWD))
    burst[crowded] = n_24h[crowded] * PPM // frames.sum(np.ones(len(rows), np.bool_), MONTH)[crowded]
    found.add(
        frames.count(counts) > 0,
        **keys,
        n_1h=frames.most_sum(timed, HOUR_US, counts & timed),
        n_24h=frames.most(n_24h, counts & timed),
        n_7d=frames.most_rows(WEEK, counts),
        n_30d=frames.most_rows(MONTH, counts),
        n_90d=frames.most_rows(QUARTER, counts),
        new_30d=frames.most_sum(before > NEW, MONTH, counts),
        fan_7d=frames.most_distinct(before, after, WEEK, counts),
        fan_30d=frames.most_distinct(before, after, MONTH, counts),
        fan_90d=frames.most_distinct(before, after, QUARTER, counts),
        burst_ppm=frames.most(burst, counts),
    )


def make_senders_30d(journal: Journal) -> pa.Table:
    """The rows of the feature `senders_30d`: both ends of its window belong to it."""
    found, received = Rows("account_key"), journal.received
    if journal.compiled:
        value = np.zeros(len(received.heads), np.int64)
        load_series().find_fans(received.rows, received.begin, journal.ts, *journal.gaps, MONTH + 1, value)
        found.add(value > 0, account_key=journal.dst[received.heads], value=value)
        return found.finish(journal)
    for rows, begin in received.blocks():
        before, after = (gap[rows] for gap in journal.gaps)
        value = journal.frames(rows, begin).most_distinct(before, after, MONTH + 1, np.ones(len(rows), np.bool_))
        found.add(value != NONE, account_key=journal.dst[rows[begin[:-1]]], value=value)
    return found.finish(journal)


def make_pause(journal: Journal) -> pa.Table:
    """The rows of the step `pause`."""
    found = Rows("account_key")
    for is_out, (codes, groups) in enumerate(((journal.dst, journal.received), (journal.src, journal.sent))):
        if journal.compiled:
            n, least, total = (np.full(len(groups.heads), start) for start in (0, FAR, 0))
            load_series().find_pauses(groups.rows, groups.begin, journal.ts, journal.is_timed, journal.is_counted, n, least, total)
            _add_mean(found, ("shortest", "mean"), n, least, total, account_key=codes[groups.heads], is_out=np.full(len(n), is_out))
            continue
        for rows, begin in groups.keep(journal.is_timed[groups.rows]).blocks():
            frames = journal.frames(rows, begin)
            gap = np.diff(frames.ts, prepend=0)
            use = journal.counts(rows) & (gap <= QUARTER) & ~frames.is_first
            keys = {"account_key": codes[rows[begin[:-1]]], "is_out": np.full(len(begin) - 1, is_out)}
            _add_mean(found, ("shortest", "mean"), frames.count(use), frames.least(gap, use), frames.total(gap, use), **keys)
    return found.finish(journal)


def _add_mean(found: Rows, names: tuple[str, str], n: Ints, least: Ints, total: Ints, **keys: npt.NDArray[np.integer]) -> None:
    """The shortest and the mean of so many gaps, in seconds, where there is one."""
    shortest, mean = names
    found.add(n > 0, **keys, **{shortest: nullable(least, _SECOND), mean: total // np.maximum(n, 1) // _SECOND})


def make_active_days(journal: Journal) -> pa.Table:
    """The rows of the feature `active_days`."""
    found, sides = Rows("account_key"), journal.sides
    first, last = (journal.ts[sides.rows[place] >> 1] for place in (sides.begin[:-1], sides.begin[1:] - 1))
    found.add(last >= first, account_key=journal.owners[sides.heads], value=(last - first) // DAY_US + 1)
    return found.finish(journal)


def make_silence_days(journal: Journal) -> pa.Table:
    """The rows of the feature `silence_days`."""
    found, owners = Rows("account_key"), journal.owners
    if journal.compiled:
        value = np.full(len(journal.sides.heads), NONE)
        load_series().find_silences(journal.sides.rows, journal.sides.begin, journal.ts, journal.is_counted, value)
        found.add(value != NONE, account_key=owners[journal.sides.heads], value=nullable(value, DAY_US))
        return found.finish(journal)
    for sides, begin in journal.sides.blocks():
        rows = sides >> 1
        frames = journal.frames(rows, begin)
        gap = np.diff(frames.ts, prepend=0)
        value = frames.most(gap, journal.counts(rows) & (gap <= QUARTER) & ~frames.is_first)
        found.add(value != NONE, account_key=owners[sides[begin[:-1]]], value=nullable(value, DAY_US))
    return found.finish(journal)


def make_dwell(journal: Journal) -> pa.Table:
    """The rows of the feature `dwell`."""
    found, owners, names = Rows("account_key"), journal.owners, ("dwell_shortest", "dwell_mean")
    if journal.compiled:
        n, least, total, _, _ = journal.once(find_stays)
        _add_mean(found, names, n, least, total, account_key=owners[journal.sides.heads])
        return found.finish(journal)
    for sides, begin in _timed_sides(journal).blocks():
        rows, is_out = sides >> 1, _is_out(sides)
        frames = journal.frames(rows, begin)
        # The last receipt at or before each row's instant; one of another group stands before the window.
        got = np.maximum.accumulate(np.where(is_out, -1, np.arange(len(rows))))[frames.end - 1]
        sent = is_out & journal.counts(rows)
        use = sent & (got >= frames.starts(WEEK))
        gap = frames.ts - frames.ts[got]
        _add_mean(found, names, frames.count(use), frames.least(gap, use), frames.total(gap, use), account_key=owners[sides[begin[:-1]]])
    return found.finish(journal)


def make_onward_24h_ppm(journal: Journal) -> pa.Table:
    """The rows of the feature `onward_24h_ppm`: its window begins with the row, all at its instant included, and ends 24 hours later."""
    found, owners = Rows("account_key"), journal.owners
    if journal.compiled:
        *_, received, followed = journal.once(find_stays)
        found.add(received > 0, account_key=owners[journal.sides.heads], value=followed * PPM // np.maximum(received, 1))
        return found.finish(journal)
    for sides, begin in _timed_sides(journal).blocks():
        rows, is_out = sides >> 1, _is_out(sides)
        frames, size = journal.frames(rows, begin), len(rows)
        following = np.minimum.accumulate(np.where(is_out, np.arange(size), size)[::-1])[::-1]
        sent = following[frames.starts(1)]
        inside = sent < np.repeat(begin[1:], np.diff(begin))
        onward = ~is_out & inside & (frames.ts[np.where(inside, sent, 0)] - frames.ts <= DAY_US)
        received = frames.count(~is_out)
        value = frames.count(onward) * PPM // np.maximum(received, 1)
        found.add(received > 0, account_key=owners[sides[begin[:-1]]], value=value)
    return found.finish(journal)


def find_stays(journal: Journal) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Of each account what `series_numba.find_stays` says, in order of `journal.sides`."""
    n, least, total, received, followed = (np.full(len(journal.sides.heads), start) for start in (0, FAR, 0, 0, 0))
    sides = journal.sides
    load_series().find_stays(sides.rows, sides.begin, journal.ts, journal.is_timed, journal.is_counted, n, least, total, received, followed)
    return n, least, total, received, followed


def make_dormant_days(journal: Journal) -> pa.Table:
    """The rows of the feature `dormant_days`."""
    found, sides = Rows("account_key"), journal.sides
    last = journal.ts[sides.rows[sides.begin[1:] - 1] >> 1]
    found.add(last > journal.as_of_us - SPAN, account_key=journal.owners[sides.heads], value=(journal.as_of_us - last) // DAY_US)
    return found.finish(journal)


def make_money(journal: Journal) -> pa.Table:
    """The rows of the step `money`. DeclinedError where an account's amounts together may leave 64 bits."""
    found, owners, every = Rows("account_key"), journal.owners, journal.sides_by_currency
    if journal.compiled:
        numbers = np.full((len(_MONEY), len(every.heads)), NONE)
        most = load_series().find_money(
            every.rows, every.begin, journal.ts, journal.is_timed, journal.is_counted, journal.is_stated, journal.amount, numbers
        )
        require_small(most)
        columns = dict(zip(_MONEY, numbers, strict=True))
        found.add(columns["n"] > 0, account_key=owners[every.heads], currency=journal.currency[every.heads >> 1], **columns)
        return found.finish(journal, ranked_by=("account_key",))
    for sides, begin in every.keep(journal.is_stated[every.rows >> 1]).blocks():
        head = sides[begin[:-1]]
        _add_money(found, journal, sides, begin, account_key=owners[head], currency=journal.currency[head >> 1])
    return found.finish(journal, ranked_by=("account_key",))


def _add_money(found: Rows, journal: Journal, sides: Places, begin: Ints, **keys: npt.NDArray[np.integer]) -> None:
    rows, is_out = sides >> 1, _is_out(sides)
    frames, counts, timed, amount = journal.frames(rows, begin), journal.counts(rows), journal.is_timed[rows], journal.amount[rows]
    frames.require_small(amount)
    got, gave = np.where(is_out, 0, amount), np.where(is_out, amount, 0)
    in_24h, out_24h = (frames.sum(np.where(timed, value, 0), DAY_US) for value in (got, gave))
    in_7d, out_7d = frames.sum(got, WEEK), frames.sum(gave, WEEK)
    found.add(
        frames.count(counts) > 0,
        **keys,
        n=frames.count(counts),
        in_24h=frames.most(in_24h, counts & timed),
        in_7d=frames.most(in_7d, counts),
        in_30d=frames.most_sum(got, MONTH, counts),
        out_24h=frames.most(out_24h, counts & timed),
        out_7d=frames.most(out_7d, counts),
        out_30d=frames.most_sum(gave, MONTH, counts),
        passed_24h=frames.most(_share(out_24h, in_24h, timed & is_out), counts),
        passed_7d=frames.most(_share(out_7d, in_7d, is_out), counts),
    )


def _share(part: Ints, whole: Ints, use: Flags) -> Ints:
    """Parts per million of the whole, at most all, where in use; NONE elsewhere."""
    found, spots = np.full(len(part), NONE), np.flatnonzero(use)
    part, whole = part[spots], whole[spots]
    cut = whole // CUT + 1
    found[spots] = np.minimum(part, whole) // cut * PPM // np.maximum(whole // cut, 1)
    return found


def _timed_sides(journal: Journal) -> Grouped:
    return journal.sides.keep(journal.is_timed[journal.sides.rows >> 1])


def _is_out(sides: Places) -> Flags:
    """Which are seen from the sender?"""
    return (sides & 1).astype(np.bool_)
