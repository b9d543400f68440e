"""People who gather around a receiver: who pays whom how often, when and how much, and how the receiver takes the money out.

Guilty and innocent groups are made by the same functions with other numbers, so that nothing but the numbers tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import HOUR_US
from bakau_ingest.world.distributions import CORRIDORS
from bakau_ingest.world.moments import draw_hours, draw_series
from bakau_ingest.world.places import COUNTRIES, PH, USD, from_usd, snap, to_usd
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.places import Clock
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Money that came in: which pair's, who paid, whose account, when, how much in the receiver's own minor units, and what it was in dollars."""

    pair: Ints
    src: Ints
    dst: Ints
    ts_us: Ints
    amount: Ints


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who pays whom: arrays of one length. `usd` is a sum per pair that its payments vary around (0: `sums` are drawn by the caller)."""

    src: Ints
    dst: Ints
    counts: Ints
    start: Ints
    gap_days: Floats
    shrink: Floats
    night: Floats


@dataclass(frozen=True, slots=True)
class Planned:
    """When each payment of the pairs is made: `pair`, its share of the way, `day` and instant."""

    pair: Ints
    place: Floats
    day: Ints
    ts_us: Ints


def pick_abroad(rng: np.random.Generator, world: Population, count: int, corridors: dict[str, float] | None = None) -> Ints:
    """Bank accounts of adults abroad, by the weights of the corridors."""
    weights = CORRIDORS if corridors is None else corridors
    shares = np.array(list(weights.values()))
    country = rng.choice(len(shares), count, p=shares / shares.sum())
    result = np.zeros(count, np.int64)
    for place, code in enumerate(weights):
        chosen = country == place
        result[chosen] = rng.choice(world.accounts(Kind.BANK, country=COUNTRIES.index(code), adult=True), int(chosen.sum()))
    return result


def plan(rng: np.random.Generator, world: Population, clock: Clock, pairs: Pairs) -> Planned:
    """Days and hours of all payments; those after the world's last day are left out."""
    series = draw_series(rng, pairs.counts, pairs.start, pairs.gap_days, pairs.shrink)
    hours = draw_hours(rng, len(series.pair), pairs.night[series.pair])
    kept = series.day < clock.days - 1
    pair, day = series.pair[kept], series.day[kept]
    return Planned(pair, series.place[kept], day, clock.to_utc(world.country[pairs.src[pair]], day, hours[kept]))


def price(
    rng: np.random.Generator, world: Population, src: Ints, usd: Floats, points_usd: Floats | None = None, on_point: Flags | None = None
) -> Ints:
    """Sums in the payer's money: rounded as people round; where `on_point`, the receiver's price (three per row of `points_usd`)."""
    country = world.country[src]
    if points_usd is not None and on_point is not None:
        chosen = points_usd[np.arange(len(src)), rng.choice(3, len(src), p=(0.5, 0.3, 0.2))]
        usd = np.where(on_point, chosen, usd)
    return snap(rng, from_usd(usd, country), country, free=0.08)


def pay(payments: Payments, world: Population, pairs: Pairs, planned: Planned, amount: Ints, purpose: Ints | str) -> Receipts:
    """Add the payments and say what came in."""
    src, dst = pairs.src[planned.pair], pairs.dst[planned.pair]
    payments.add(src, dst, planned.ts_us, amount, purpose)
    received = from_usd(to_usd(amount, world.country[src]) * 0.97, world.country[dst])
    return Receipts(planned.pair, src, dst, planned.ts_us, received)


def pass_on(
    rng: np.random.Generator,
    payments: Payments,
    receipts: Receipts,
    to: Ints,
    share: Floats | float,
    hours: tuple[float, float],
    keep: float,
) -> Receipts:
    """A share of the receipts goes on within hours, less what is kept. What comes in at the next account is given back."""
    chosen = rng.random(len(receipts.dst)) < share
    wait = rng.uniform(hours[0], hours[1], int(chosen.sum())) * HOUR_US
    when = receipts.ts_us[chosen] + wait.astype(np.int64)
    amount = np.maximum((receipts.amount[chosen] * (1 - keep * rng.random(len(wait)))).astype(np.int64) // 100 * 100, 100)
    payments.add(receipts.dst[chosen], to[chosen], when, amount)
    return Receipts(receipts.pair[chosen], receipts.dst[chosen], to[chosen], when, amount)


def usual_agents(rng: np.random.Generator, world: Population, accounts: Ints, each: int = 3) -> Ints:
    """For every row the cash agent its account goes to this time: one of the few it usually goes to, in its country where there are any."""
    result = np.zeros(len(accounts), np.int64)
    turn = rng.integers(0, each, len(accounts))
    for country in np.unique(world.country[accounts]).tolist():
        agents = world.accounts(Kind.AGENT, country=country)
        agents = agents if len(agents) else world.accounts(Kind.SHOP_BANK, country=country)
        agents = agents if len(agents) else world.accounts(Kind.AGENT)
        chosen = world.country[accounts] == country
        result[chosen] = agents[(accounts[chosen] * 31 + turn[chosen] * 977) % len(agents)]
    return result


def pesos(minor: Ints, country: Ints) -> Floats:
    """Minor units of a country's money as pesos."""
    result: Floats = to_usd(minor, country) / USD[PH]
    return result
