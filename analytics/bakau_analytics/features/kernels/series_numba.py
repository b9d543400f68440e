"""What a kernel says of each group of payments in one pass, compiled with numba (extra ``speed``): the twins of the blocks in NumPy beside them.

`rows` are places of payments (`sides`: twice the place, plus 1 when seen from the sender) that stand group by group from `begin` to
`begin`, in order of time; the other arrays have an entry a payment. A window ends with all rows at a row's instant. What is found stands
in one row of `found` a number, one column a group, and is NONE (see `spans`) beforehand unless said otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled
from bakau.times import DAY_US, HOUR_US
from bakau_analytics.features.kernels.spans import CROWD, CUT, FAR, MONTH, NEW, NONE, PPM, QUARTER, WEEK

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]


@compiled
def measure(begin: Ints) -> int:  # pragma: no cover  (compiled)
    """How many rows the longest group has."""
    longest = 0
    for group in range(len(begin) - 1):
        longest = max(longest, begin[group + 1] - begin[group])
    return longest


@compiled
def find_gaps(rows: Places, begin: Ints, ts: Ints, before: Ints, after: Ints) -> None:  # pragma: no cover  (compiled)
    """Fill `before` and `after` with the time from the row before, and to the row after, in the group; FAR where there is none."""
    for group in range(len(begin) - 1):
        before[rows[begin[group]]] = FAR
        for at in range(begin[group] + 1, begin[group + 1]):
            gap = ts[rows[at]] - ts[rows[at - 1]]
            before[rows[at]] = gap
            after[rows[at - 1]] = gap
        after[rows[begin[group + 1] - 1]] = FAR


@compiled
def find_pulses(
    rows: Places, begin: Ints, ts: Ints, is_timed: Flags, counts: Flags, before: Ints, after: Ints, found: Ints
) -> None:  # pragma: no cover  (compiled)
    """The numbers of the step `pulse`, in its order."""
    times = np.empty(measure(begin), np.int64)
    for group in range(len(begin) - 1):
        low, size = begin[group], begin[group + 1] - begin[group]
        for at in range(size):
            times[at] = ts[rows[low + at]]
        end, hour, day, week, month, quarter = 0, 0, 0, 0, 0, 0
        n_hour, n_day, new, fan_week, fan_month, fan_quarter = 0, 0, 0, 0, 0, 0
        n_1h, n_24h, n_7d, n_30d, n_90d, new_30d = NONE, NONE, NONE, NONE, NONE, NONE
        fan_7d, fan_30d, fan_90d, burst = NONE, NONE, NONE, NONE
        while end < size:
            now, is_used, is_used_timed = times[end], False, False
            while end < size and times[end] == now:
                row = rows[low + end]
                n_hour += is_timed[row]
                n_day += is_timed[row]
                new += before[row] > NEW
                fan_week += before[row] >= WEEK
                fan_month += before[row] >= MONTH
                fan_quarter += before[row] >= QUARTER
                is_used |= counts[row]
                is_used_timed |= counts[row] and is_timed[row]
                end += 1
            while times[hour] <= now - HOUR_US:
                n_hour -= is_timed[rows[low + hour]]
                hour += 1
            while times[day] <= now - DAY_US:
                n_day -= is_timed[rows[low + day]]
                day += 1
            while times[week] <= now - WEEK:
                fan_week -= after[rows[low + week]] >= WEEK
                week += 1
            while times[month] <= now - MONTH:
                fan_month -= after[rows[low + month]] >= MONTH
                new -= before[rows[low + month]] > NEW
                month += 1
            while times[quarter] <= now - QUARTER:
                fan_quarter -= after[rows[low + quarter]] >= QUARTER
                quarter += 1
            if is_used:
                n_7d, n_30d, n_90d, new_30d = max(n_7d, end - week), max(n_30d, end - month), max(n_90d, end - quarter), max(new_30d, new)
                fan_7d, fan_30d, fan_90d = max(fan_7d, fan_week), max(fan_30d, fan_month), max(fan_90d, fan_quarter)
            if is_used_timed:
                n_1h, n_24h = max(n_1h, n_hour), max(n_24h, n_day)
                if n_day >= CROWD:
                    burst = max(burst, n_day * PPM // (end - month))
        found[0, group], found[1, group], found[2, group], found[3, group], found[4, group] = n_1h, n_24h, n_7d, n_30d, n_90d
        found[5, group], found[6, group], found[7, group], found[8, group], found[9, group] = new_30d, fan_7d, fan_30d, fan_90d, burst


@compiled
def find_fans(
    rows: Places, begin: Ints, ts: Ints, before: Ints, after: Ints, span: int, found: Ints
) -> None:  # pragma: no cover  (compiled)
    """The most counterparties within a span, whatever counts; see `Frames.most_distinct`. `found` is one number a group."""
    for group in range(len(begin) - 1):
        at, low, n, most = begin[group], begin[group], 0, 0
        while at < begin[group + 1]:
            now = ts[rows[at]]
            while at < begin[group + 1] and ts[rows[at]] == now:
                n += before[rows[at]] >= span
                at += 1
            while ts[rows[low]] <= now - span:
                n -= after[rows[low]] >= span
                low += 1
            most = max(most, n)
        found[group] = most


@compiled
def find_pauses(
    rows: Places, begin: Ints, ts: Ints, is_timed: Flags, counts: Flags, n: Ints, least: Ints, total: Ints
) -> None:  # pragma: no cover  (compiled)
    """How many gaps there are between neighbours at known times (beforehand 0), the shortest (FAR), and all together (0)."""
    for group in range(len(begin) - 1):
        is_first, last = True, np.int64(0)
        for at in range(begin[group], begin[group + 1]):
            row = rows[at]
            if is_timed[row]:
                gap = ts[row] - last
                if not is_first and counts[row] and gap <= QUARTER:
                    n[group] += 1
                    least[group] = min(least[group], gap)
                    total[group] += gap
                is_first, last = False, ts[row]


@compiled
def find_silences(sides: Places, begin: Ints, ts: Ints, counts: Flags, found: Ints) -> None:  # pragma: no cover  (compiled)
    """The longest gap between neighbours; `found` is one number a group."""
    for group in range(len(begin) - 1):
        for at in range(begin[group] + 1, begin[group + 1]):
            gap = ts[sides[at] >> 1] - ts[sides[at - 1] >> 1]
            if counts[sides[at] >> 1] and gap <= QUARTER:
                found[group] = max(found[group], gap)


@compiled
def find_stays(
    sides: Places, begin: Ints, ts: Ints, is_timed: Flags, counts: Flags,
    n: Ints, least: Ints, total: Ints, received: Ints, followed: Ints,
) -> None:  # pragma: no cover  (compiled)  # fmt: skip
    """Payments sent within 7 days of a receipt (beforehand 0), the least time between them (FAR), all together (0); receipts (0), and how
    many of them were followed by a payment sent within 24 hours (0). All at known times.
    """
    for group in range(len(begin) - 1):
        at, high, waiting, has_got, got = begin[group], begin[group + 1], begin[group], False, np.int64(0)
        while at < high:
            now, end, has_sent = ts[sides[at] >> 1], at, False
            while end < high and ts[sides[end] >> 1] == now:
                if is_timed[sides[end] >> 1]:
                    if sides[end] & 1:
                        has_sent = True
                    else:
                        has_got, got = True, now
                        received[group] += 1
                end += 1
            if has_sent:
                for place in range(waiting, end):
                    row = sides[place] >> 1
                    if not sides[place] & 1 and is_timed[row] and now - ts[row] <= DAY_US:
                        followed[group] += 1
                waiting = end
                if has_got and now - got < WEEK:
                    for place in range(at, end):
                        row = sides[place] >> 1
                        if sides[place] & 1 and is_timed[row] and counts[row]:
                            n[group] += 1
                            least[group] = min(least[group], now - got)
                            total[group] += now - got
            at = end


@compiled
def share(part: np.int64, whole: np.int64) -> np.int64:  # pragma: no cover  (compiled)
    """Parts per million of the whole, at most all; both sides are cut so that 64 bits are enough."""
    cut = whole // CUT + 1
    return min(part, whole) // cut * PPM // max(whole // cut, np.int64(1))


@compiled
def collect(
    sides: Places, low: int, high: int, ts: Ints, is_stated: Flags, amount: Ints, own: Places, times: Ints, values: Ints
) -> tuple[int, float]:  # pragma: no cover  (compiled)
    """Puts the payments of one group that state an amount into `own`, `times` and `values`: how many they are, and their sum."""
    size, whole = 0, 0.0
    for at in range(low, high):
        row = sides[at] >> 1
        if is_stated[row]:
            own[size], times[size], values[size] = sides[at], ts[row], amount[row]
            whole += amount[row]
            size += 1
    return size, whole


@compiled
def find_money(
    sides: Places, begin: Ints, ts: Ints, is_timed: Flags, counts: Flags, is_stated: Flags, amount: Ints, found: Ints
) -> float:  # pragma: no cover  (compiled)
    """The numbers of the step `money`, in its order (the first, how many count, is 0 beforehand); returns the largest sum of one group."""
    most = 0.0
    longest = measure(begin)
    own, times, values = np.empty(longest, np.int32), np.empty(longest, np.int64), np.empty(longest, np.int64)
    for group in range(len(begin) - 1):
        size, whole = collect(sides, begin[group], begin[group + 1], ts, is_stated, amount, own, times, values)
        most = max(most, whole)
        end, day, week, month, n = 0, 0, 0, 0, 0
        day_in, day_out, week_in, week_out = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        month_in, month_out = np.int64(0), np.int64(0)
        none = np.int64(NONE)
        in_24h, in_7d, in_30d, out_24h, out_7d, out_30d, passed_24h, passed_7d = none, none, none, none, none, none, none, none
        while end < size:
            now, is_used, is_used_timed, is_sent, is_sent_timed = times[end], False, False, False, False
            while end < size and times[end] == now:
                row, is_out, value = own[end] >> 1, own[end] & 1, values[end]
                if is_out:
                    week_out, month_out = week_out + value, month_out + value
                    day_out += value * is_timed[row]
                else:
                    week_in, month_in = week_in + value, month_in + value
                    day_in += value * is_timed[row]
                if counts[row]:
                    n += 1
                    is_used = True
                    is_sent |= is_out == 1
                    if is_timed[row]:
                        is_used_timed = True
                        is_sent_timed |= is_out == 1
                end += 1
            while times[day] <= now - DAY_US:
                sent, value = own[day] & 1, values[day] * is_timed[own[day] >> 1]
                day_out, day_in, day = day_out - value * sent, day_in - value * (1 - sent), day + 1
            while times[week] <= now - WEEK:
                sent = own[week] & 1
                week_out, week_in, week = week_out - values[week] * sent, week_in - values[week] * (1 - sent), week + 1
            while times[month] <= now - MONTH:
                sent = own[month] & 1
                month_out, month_in, month = month_out - values[month] * sent, month_in - values[month] * (1 - sent), month + 1
            if is_used:
                in_7d, in_30d, out_7d, out_30d = max(in_7d, week_in), max(in_30d, month_in), max(out_7d, week_out), max(out_30d, month_out)
            if is_used_timed:
                in_24h, out_24h = max(in_24h, day_in), max(out_24h, day_out)
            if is_sent:
                passed_7d = max(passed_7d, share(week_out, week_in))
            if is_sent_timed:
                passed_24h = max(passed_24h, share(day_out, day_in))
        found[0, group], found[1, group], found[2, group], found[3, group], found[4, group] = n, in_24h, in_7d, in_30d, out_24h
        found[5, group], found[6, group], found[7, group], found[8, group] = out_7d, out_30d, passed_24h, passed_7d
    return most


@compiled
def find_totals(
    sides: Places, begin: Ints, ts: Ints, is_stated: Flags, amount: Ints, after_us: int, found: Ints
) -> float:  # pragma: no cover  (compiled)
    """Of what states an amount and is later: how much was received and sent, in how many payments, and how many of more than nothing were
    received (all 0 beforehand); returns the largest sum of one group.
    """
    most = 0.0
    for group in range(len(begin) - 1):
        whole = 0.0
        for at in range(begin[group + 1] - 1, begin[group] - 1, -1):
            side, row = sides[at], sides[at] >> 1
            if ts[row] <= after_us:
                break
            if is_stated[row]:
                value = amount[row]
                whole += value
                found[side & 1, group] += value
                found[2, group] += 1
                found[3, group] += value > 0 and not side & 1
        most = max(most, whole)
    return most


@compiled
def find_pairs(rows: Places, begin: Ints, ts: Ints, is_timed: Flags, counts: Flags, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Of each pair its months, most within 24 hours, the same of those at known times, within 7 and 30 days; how many gaps there are (0
    beforehand), the shortest (FAR), and all together (0).
    """
    for group in range(len(begin) - 1):
        low, high = begin[group], begin[group + 1]
        at, day, week, month, n_timed = low, low, low, low, 0
        months, last_month, last, is_first = 0, 0, 0, True
        run, n_24h, n_7d, n_30d = NONE, NONE, NONE, NONE
        while at < high:
            now, is_used, is_used_timed = ts[rows[at]], False, False
            own_month = now // MONTH if now >= 0 else -(-now // MONTH)  # towards zero, as SQL divides
            months += is_first or own_month != last_month
            last_month = own_month
            while at < high and ts[rows[at]] == now:
                row = rows[at]
                if not is_first and counts[row] and now - last <= QUARTER:
                    found[5, group] += 1
                    found[6, group] = min(found[6, group], now - last)
                    found[7, group] += now - last
                n_timed += is_timed[row]
                is_used |= counts[row]
                is_used_timed |= counts[row] and is_timed[row]
                is_first, last = False, now
                at += 1
            while ts[rows[day]] <= now - DAY_US:
                n_timed -= is_timed[rows[day]]
                day += 1
            while ts[rows[week]] <= now - WEEK:
                week += 1
            while ts[rows[month]] <= now - MONTH:
                month += 1
            run = max(run, at - day)
            if is_used:
                n_7d, n_30d = max(n_7d, at - week), max(n_30d, at - month)
            if is_used_timed:
                n_24h = max(n_24h, n_timed)
        found[0, group], found[1, group], found[2, group], found[3, group], found[4, group] = months, run, n_24h, n_7d, n_30d


@compiled
def find_commonest(codes: Ints, begin: Ints, found: Ints) -> None:  # pragma: no cover  (compiled)
    """Fill `found`, one number a group of codes in their order, with how many are one of the group's three commonest."""
    for group in range(len(begin) - 1):
        first, second, third = 0, 0, 0
        at = begin[group]
        while at < begin[group + 1]:
            end = at
            while end < begin[group + 1] and codes[end] == codes[at]:
                end += 1
            n = end - at
            if n > first:
                first, second, third = n, first, second
            elif n > second:
                second, third = n, second
            elif n > third:
                third = n
            at = end
        found[group] = first + second + third
