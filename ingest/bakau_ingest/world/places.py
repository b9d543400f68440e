"""Countries of the world, their money and their clocks. Rates are round numbers of ours: only so that sums on both sides are alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US, from_us, get_zone

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: The first day of every world; a default of ours.
FIRST_DAY = datetime(2025, 1, 6, tzinfo=UTC)
COUNTRIES = ("PH", "AU", "US", "GB", "ID", "CA", "DE", "SA", "JP", "SG", "FR", "NL")
CURRENCIES = ("PHP", "AUD", "USD", "GBP", "IDR", "CAD", "EUR", "SAR", "JPY", "SGD", "EUR", "EUR")
ZONES = (
    "Asia/Manila", "Australia/Sydney", "America/New_York", "Europe/London", "Asia/Jakarta", "America/Toronto", "Europe/Berlin", "Asia/Riyadh",
    "Asia/Tokyo", "Asia/Singapore", "Europe/Paris", "Europe/Amsterdam",
)  # fmt: skip
PH, AU, US, GB, ID = range(5)
#: Countries whose money is the euro.
EURO = (6, 10, 11)
#: Codes of the two coins stand behind the currencies.
UNITS = (*CURRENCIES, "BTC", "ETH")
BTC, ETH = len(CURRENCIES), len(CURRENCIES) + 1

#: US dollars for one unit.
USD = np.array([0.0175, 0.65, 1.0, 1.27, 0.000062, 0.73, 1.08, 0.267, 0.0066, 0.74, 1.08, 1.08, 60_000.0, 2_500.0])
EUR_IN_USD = 1.08
#: Minor units of one unit: hundredths, and 1e-8 of a coin.
MINOR = np.array([100] * len(CURRENCIES) + [10**8, 10**8])
#: Steps to which people round what they send, smallest first, in units.
STEPS = np.array(
    [
        [50, 100, 500], [5, 10, 50], [5, 10, 50], [5, 10, 20], [10_000, 50_000, 100_000], [5, 10, 50], [5, 10, 25], [10, 50, 100],
        [500, 1_000, 5_000], [5, 10, 50], [5, 10, 25], [5, 10, 25],
    ]
)  # fmt: skip


def from_usd(usd: Floats, unit: Ints) -> Ints:
    """Dollars as minor units of another currency or coin."""
    result: Ints = np.maximum(usd / USD[unit] * MINOR[unit], 1).astype(np.int64)
    return result


def to_usd(minor: Ints, unit: Ints) -> Floats:
    """Minor units of a currency or coin as dollars."""
    result: Floats = minor / MINOR[unit] * USD[unit]
    return result


def snap(rng: np.random.Generator, minor: Ints, country: Ints, free: float = 0.0) -> Ints:
    """Sums as people write them: whole steps of their currency, but for a share `free` that stays as it is (to the whole unit)."""
    size = rng.choice(3, len(minor), p=(0.5, 0.4, 0.1))
    step = STEPS[country, size] * 100
    step = np.where(minor < step, STEPS[country, 0] * 100, step)
    round_ones = np.maximum((minor + step // 2) // step, 1) * step
    return np.where(rng.random(len(minor)) < free, np.maximum(minor // 100, 1) * 100, round_ones).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Clock:
    """The world's days, and what the clocks of its countries show: `offset[country, hour since the first day]` in hours."""

    first_us: int
    days: int
    offset: Ints

    @property
    def first_day(self) -> int:
        """Days since 1970 of the first day."""
        return self.first_us // DAY_US

    def to_utc(self, country: Ints, day: Ints, second_us: Ints) -> Ints:
        """The instant at which the clock of a country shows that time of that day (from 0)."""
        hour = np.clip(day * 24 + second_us // HOUR_US, 0, self.offset.shape[1] - 1)
        result: Ints = self.first_us + day * DAY_US + second_us - self.offset[country, hour] * HOUR_US
        return result

    def to_local(self, country: Ints, ts_us: Ints) -> Ints:
        """What the clock of a country shows at an instant, as microseconds since 1970 of that clock."""
        hour = np.clip((ts_us - self.first_us) // HOUR_US, 0, self.offset.shape[1] - 1)
        result: Ints = ts_us + self.offset[country, hour] * HOUR_US
        return result


def make_clock(first_us: int, days: int) -> Clock:
    """Clocks with daylight saving time, for the days of a world and some weeks after them."""
    rows = []
    for name in ZONES:
        zone = get_zone(name)
        hours = (from_us(first_us + hour * HOUR_US).astimezone(zone).utcoffset() or timedelta() for hour in range((days + 60) * 24))
        rows.append([int(offset.total_seconds()) // 3600 for offset in hours])
    return Clock(first_us, days, np.array(rows, np.int64))
