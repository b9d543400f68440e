"""Every published figure the world is calibrated to, as a named distribution: value, source, grade, fit, band.

Grades: V read in the public source named, M a fit of ours to a published figure, D a default of ours with no publication behind it. The page
docs/world.md is written from this module; `bakau world check` draws the figures again from a made world and holds them to their bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Many small values and a long tail: `median` in the distribution's unit, `sigma` of the logarithm."""

    median: float
    sigma: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """That many values."""
        result: Floats = self.median * np.exp(self.sigma * rng.standard_normal(count))
        return result

    @property
    def words(self) -> str:
        """As it stands on the page."""
        return f"lognormal, median {self.median:,.4g}, sigma {self.sigma:g}"


@dataclass(frozen=True, slots=True)
class Counts:
    """One and a negative binomial: how many people gather around somebody."""

    mean: float
    shape: float

    def draw(self, rng: np.random.Generator, count: int) -> Ints:
        """That many counts, 1 or more."""
        return 1 + rng.negative_binomial(self.shape, self.shape / (self.shape + self.mean), count)

    @property
    def words(self) -> str:
        """As it stands on the page."""
        return f"1 + negative binomial, mean {self.mean:g}, shape {self.shape:g}"


@dataclass(frozen=True, slots=True)
class Range:
    """A share, a number or a span that is drawn evenly between two ends (or stands, when both are one)."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """That many values."""
        return rng.uniform(self.low, self.high, count)

    @property
    def words(self) -> str:
        """As it stands on the page."""
        return f"{self.low:g}" if self.low == self.high else f"even between {self.low:g} and {self.high:g}"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A named law of the generator: what it is of, the law, where it comes from (`source` is a key of SOURCES), and the grade."""

    name: str
    meaning: str
    law: Lognormal | Counts | Range
    source: str
    grade: str
    fit: str


SOURCES = {
    "tandi589": "Brown, Napier, Smith 2020, Trends & Issues 589, Australian Institute of Criminology",
    "tandi634": "Cubitt, Napier, Brown 2021, Trends & Issues 634, Australian Institute of Criminology",
    "amlc2020": "AMLC study, as reported by BusinessWorld, 16 Sep 2020",
    "amlc2023": "AMLC, as reported by BusinessWorld, 19 Jul 2023",
    "amlc2026": "AMLC report of 12 Feb 2026, as reported by Manila Bulletin",
    "ppatk": "PPATK 2024 figures, as reported by the Indonesian press",
    "fatf2025": "FATF, Online Child Sexual Exploitation (2025), as summarised by financialcrime.lu",
    "chainalysis": "Chainalysis crime reports 2024-2026, as reported",
    "ijm": "IJM study 2020: abuse lasted 2 months to 4 years, 2 years on average",
    "austrac": "AUSTRAC: over 500 accounts run by over 100 people",
    "ours": "a default of ours",
}

LAWS = (
    Distribution("payments_per_consumer", "payments one consumer makes, rounded, at least 1, at most 300", Lognormal(float(np.exp(0.60)), 1.95), "tandi589", "M", "256 senders, 2,714 payments; the cut at 300 is ours"),
    Distribution("aud_per_payment", "Australian dollars per payment", Lognormal(float(np.exp(4.93)), 1.54), "tandi589", "M", "quartiles 49 and 390, if the published 49-390 are quartiles"),
    Distribution("aud_per_payment_prolific", "the same, of the 3 % who pay most", Lognormal(45, 0.4), "tandi634", "M", "under A$55 at gaps under 20 days"),
    Distribution("php_per_payment", "pesos per payment into the Philippines", Lognormal(float(np.exp(8.10)), 0.88), "amlc2020", "M", "81 % lie in 1,000-10,000"),
    Distribution("php_per_payment_lockdown", "the same, in the lockdown months", Lognormal(float(np.exp(7.95)), 0.62), "amlc2020", "M", "about half in 1,000-3,000, 44 % in 3,000-10,000"),
    Distribution("idr_per_payment", "rupiah per payment into an Indonesian wallet", Lognormal(600_000, 1.0), "ppatk", "M", "mean 989,000; PPATK: 979,777"),
    Distribution("eur_per_payment", "euro per payment from the euro area", Lognormal(45, 0.75), "fatf2025", "M", "95 % in 10-200, even amounts"),
    Distribution("usd_per_crypto_payment", "US dollars per payment to a vendor's address", Lognormal(95, 0.9), "chainalysis", "M", "about half under 100"),
    Distribution("first_demand_eur", "euro of the first demand in sextortion", Lognormal(150, 0.9), "fatf2025", "M", "under 250 to start, 1,500 at most"),
    Distribution("buyers_per_facilitator", "consumers who pay one facilitator", Counts(10, 2), "ours", "D", "upper tail: HSI speaks of thousands"),
    Distribution("receivers_per_consumer", "facilitators one consumer pays: 1 + geometric", Counts(2, 1), "ours", "D", "mean 3; no more than they make payments"),
    Distribution("buyers_per_vendor", "addresses that pay one vendor", Counts(24, 3), "chainalysis", "M", "10,000 wallets paid 400 vendors"),
    Distribution("life_months", "months a facilitator is active, 2 to 48", Lognormal(24, 0.6), "ijm", "M", "median 24"),
    Distribution("night_share", "share of a network's payments between 21:00 and 03:59 of the sender's clock", Range(0.45, 0.65), "fatf2025", "D", "late night or early morning is published, the share is ours"),
    Distribution("cash_out_24h", "share of a facilitator's receipts taken out within a day", Range(0.75, 0.95), "ours", "D", "direction from FATF"),
    Distribution("onward_6h", "share of a mule's receipts passed on within six hours", Range(0.85, 0.95), "ours", "D", "direction from FATF"),
    Distribution("mule_days", "days a mule account is active", Range(14, 45), "ours", "D", "none published"),
    Distribution("mule_accounts", "accounts one person runs", Range(5, 5), "austrac", "M", "500 accounts / 100 people"),
    Distribution("to_exchange", "share of a vendor's consolidated coins that goes to an exchange; the rest to swaps and mixers", Range(0.6, 0.6), "ours", "D", "direction from Chainalysis"),
)  # fmt: skip
LAW = {law.name: law for law in LAWS}

#: Weights of the corridors into the Philippines. US, AU and UK are published (AMLC 2026); the rest is shared by the other named countries.
CORRIDORS = {"US": 0.50, "AU": 0.074, "GB": 0.068, "CA": 0.06, "SA": 0.06, "DE": 0.06, "JP": 0.05, "SG": 0.05, "FR": 0.04, "NL": 0.038}
#: Ages of consumers: triangular, lowest, most common and highest year [V: 27 and 82 are the AIC's youngest and oldest; 57 is a fit].
CONSUMER_AGES = (27, 57, 82)
#: Share of men among consumers: "nearly all" is published, the figure is ours.
CONSUMER_MEN = 0.97


@dataclass(frozen=True, slots=True)
class Figure:
    """A published value and the band within which a drawn one must lie; `observations` is the number the band is meant for.

    With fewer observations the band is wider by the square root of what is missing.
    """

    name: str
    meaning: str
    published: str
    value: float
    low: float
    high: float
    source: str
    grade: str
    observations: int = 250

    def band(self, observations: int) -> tuple[float, float]:
        """The band for that many observations."""
        wider = max(1.0, (self.observations / max(1, observations)) ** 0.5)
        low, high = self.value - (self.value - self.low) * wider, self.value + (self.high - self.value) * wider
        return max(0.0, low), min(1.0, high) if self.high <= 1 else high


FIGURES = (
    Figure("paid_more_than_once", "consumers who paid more than once", "more than half", 0.54, 0.47, 0.63, "tandi589", "V"),
    Figure("top_3_percent", "share of payments made by the 3 % who pay most", "half", 0.48, 0.26, 0.66, "tandi589", "V"),
    Figure("bottom_25_percent", "share of payments made by the quarter who pay least", "3 %", 0.025, 0.010, 0.055, "tandi589", "V"),
    Figure("aud_median", "median payment from Australia, A$", "between the quartiles 49 and 390", 138, 70, 210, "tandi589", "M", 150),
    Figure("prolific_aud_median", "median payment of prolific Australians, A$", "under 55", 45, 30, 55, "tandi634", "V", 40),
    Figure("prolific_gap_days", "median days between payments of consumers with over 20", "under 20", 7, 0, 20, "tandi634", "V", 40),
    Figure("php_1k_10k", "share of payments in PHP 1,000-10,000", "81 %", 0.81, 0.74, 0.88, "amlc2020", "V"),
    Figure("php_lockdown_1k_3k", "share in PHP 1,000-3,000, lockdown months", "about half", 0.49, 0.40, 0.58, "amlc2020", "V"),
    Figure("php_lockdown_3k_10k", "share in PHP 3,000-10,000, lockdown months", "44 %", 0.44, 0.36, 0.54, "amlc2020", "V"),
    Figure("idr_mean", "mean payment into Indonesian wallets, IDR", "979,777", 979_777, 780_000, 1_250_000, "ppatk", "V"),
    Figure("eur_10_200", "share of payments from the euro area in EUR 10-200", "10-200", 0.95, 0.88, 1.0, "fatf2025", "V", 150),
    Figure("crypto_under_100", "share of payments to vendors under US$ 100", "about half", 0.52, 0.44, 0.60, "chainalysis", "V"),
    Figure("first_demand_under_250", "share of first demands under EUR 250", "under 250", 0.72, 0.58, 0.86, "fatf2025", "M", 150),
    Figure("series_under_1500", "share of extorted payments under EUR 1,500", "generally at most 1,500", 0.97, 0.93, 1.0, "fatf2025", "M", 150),
    Figure("series_hours", "median hours from the first to the last payment of a series", "a short period, then nothing", 36, 8, 72, "fatf2025", "D", 150),
    Figure("corridor_us", "consumers' payments into PH that come from the US", "50 %", 0.50, 0.36, 0.64, "amlc2026", "V"),
    Figure("corridor_au", "the same from Australia", "7.4 %", 0.074, 0.02, 0.16, "amlc2026", "V"),
    Figure("corridor_gb", "the same from the United Kingdom", "6.8 %", 0.068, 0.02, 0.16, "amlc2026", "V"),
    Figure("night_share", "consumers' payments at 21:00-03:59 of their own clock", "late night or early morning", 0.55, 0.45, 0.65, "fatf2025", "D"),
    Figure("buyers_per_facilitator", "mean number of consumers of a receiving account", "none", 11, 6, 15, "ours", "D", 80),
    Figure("receivers_per_consumer", "mean number of receiving accounts of a consumer", "multiple", 1.9, 1.4, 3.2, "amlc2020", "D"),
    Figure("life_months", "median months a facilitator is active", "24", 24, 17, 31, "ijm", "V", 60),
    Figure("cash_out_24h", "share of receipts after which the account pays out within a day", "none", 0.85, 0.72, 1.0, "ours", "D"),
    Figure("onward_6h", "share of extorted payments passed on within six hours", "none", 0.90, 0.80, 0.98, "ours", "D"),
    Figure("buyers_per_vendor", "mean number of addresses that pay a vendor", "25", 25, 15, 36, "chainalysis", "M", 8),
    Figure("consumer_age", "mean age of consumers, years", "fifties and sixties", 55.3, 48, 61, "tandi589", "V"),
    Figure("consumer_men", "men among consumers", "nearly all", 0.97, 0.92, 1.0, "ours", "D"),
)  # fmt: skip
