"""When people pay: days of the year, hours of the day, and series of payments that grow denser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.places import Clock

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: How busy the months are, January first: the end of the year is, and June when school begins in PH. Defaults of ours.
MONTHS = (0.95, 0.92, 0.97, 0.98, 1.0, 1.08, 0.98, 0.97, 0.98, 1.0, 1.07, 1.30)
#: Hours that count as night (FATF: late night, early morning).
NIGHT_FROM, NIGHT_HOURS = 21, 7


def draw_days(rng: np.random.Generator, clock: Clock, count: int) -> Ints:
    """Days from 0, more of them in busy months and at weekends."""
    dates = np.arange(clock.days) + clock.first_day
    month = dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    weight = np.array(MONTHS)[month] * np.where((dates + 3) % 7 >= 5, 1.15, 1.0)
    edges = np.cumsum(weight) / weight.sum()
    result: Ints = np.minimum(np.searchsorted(edges, rng.random(count)), clock.days - 1)
    return result


def draw_hours(rng: np.random.Generator, count: int, night_share: Floats | float) -> Ints:
    """Times of the payer's day in µs: a share of them in the night hours, the rest evenly over the others."""
    is_night = rng.random(count) < night_share
    hour = rng.random(count)
    hour = np.where(is_night, NIGHT_FROM + hour * NIGHT_HOURS, NIGHT_FROM + NIGHT_HOURS + hour * (24 - NIGHT_HOURS)) % 24
    result: Ints = (hour * HOUR_US).astype(np.int64)
    return result


def draw_waking_hours(rng: np.random.Generator, count: int) -> Ints:
    """Times of an ordinary day in µs: mostly between 8 and 22 o'clock, a few at night."""
    hour = (14.5 + 4.0 * rng.standard_normal(count)) % 24
    result: Ints = (hour * HOUR_US).astype(np.int64)
    return result


@dataclass(frozen=True, slots=True)
class Series:
    """Payments of many pairs: `pair` says whose each is, `place` its share of the way (0 first, towards 1), `day` when."""

    pair: Ints
    place: Floats
    day: Ints


def draw_series(rng: np.random.Generator, counts: Ints, start: Ints, gap_days: Floats, shrink: Floats | float = 0.0) -> Series:
    """A run of payments per pair: `counts` of them from day `start` on, about `gap_days` apart; the gaps shrink by a share on the way."""
    pair = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    place = (np.arange(len(pair)) - first) / np.repeat(np.maximum(counts, 1), counts)
    gaps = rng.exponential(1.0, len(pair)) * gap_days[pair] * (1 - np.broadcast_to(shrink, len(counts))[pair] * place)
    way = np.cumsum(gaps)
    day = start[pair] + (way - way[first]).astype(np.int64) if len(pair) else np.empty(0, np.int64)
    return Series(pair, place, day)


def evenly(first_us: int, days: Ints, times: Ints) -> Ints:
    """Instants of days and times of UTC."""
    return first_us + days * DAY_US + times
