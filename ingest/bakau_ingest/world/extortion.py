"""Financial sextortion: young people pay demands that grow and stop, into mule accounts that live for weeks and pass the money on within hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world import gatherings
from bakau_ingest.world.distributions import Counts
from bakau_ingest.world.moments import draw_hours
from bakau_ingest.world.places import AU, EUR_IN_USD, GB, PH, US, from_usd, snap
from bakau_ingest.world.planted import Planted
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.planted import Stage

    Ints = npt.NDArray[np.int64]

#: Payments of one series, hours it lasts at most, growth from one to the next, euro of the largest (FATF: 1,500).
SERIES, SERIES_HOURS, GROWTH, MOST_EUR = (3, 8), 72, 1.3, 1500


def add_extortion(stage: Stage) -> Planted:
    """One ring: victims, two or three people with several mule accounts each, an exchange or an organiser abroad at the end."""
    rng, world = stage.rng, stage.world
    network = Planted("sextortion", "", "FSEC")
    country = int(rng.choice([US, AU, GB]))
    mules = _open_mules(stage, network, country)
    life = max(14, int(stage.habits.range("mule_days").draw(rng, 1)[0]))
    begin = int(rng.integers(10, max(11, stage.clock.days - life - 5)))
    stage.renew(mules, begin)
    receipts = _extort(stage, network, mules, country, (begin, life))
    has_organiser = rng.random() < 0.6
    network.variant = "organiser_abroad" if has_organiser else "exchange"
    if has_organiser:
        end = stage.take_adults(PH, 1, in_bank=0.6)
        network.put(end, "organiser", core=True)
    else:
        end = rng.choice(world.accounts(Kind.SERVICE), 1)
    # within a ring some mules pass to other mules before the money leaves
    second = mules[rng.integers(0, len(mules), len(receipts.dst))]
    to = np.where(rng.random(len(receipts.dst)) < 0.35, second, end[0])
    share = stage.habits.range("onward_6h").draw(rng, 1)[0]
    moved = gatherings.pass_on(rng, stage.payments, receipts, to, share, (0.2, 5.8), 0.08)
    inner = np.flatnonzero(moved.dst != end[0])
    moved = gatherings.Receipts(*(column[inner] for column in (moved.pair, moved.src, moved.dst, moved.ts_us, moved.amount)))
    gatherings.pass_on(rng, stage.payments, moved, np.full(len(inner), end[0]), share, (0.2, 5.8), 0.08)
    return network


def _open_mules(stage: Stage, network: Planted, country: int) -> Ints:
    """Two or three people who hold several accounts each."""
    rng, world = stage.rng, stage.world
    each = max(1, int(stage.habits.range("mule_accounts").draw(rng, 1)[0]))
    people = int(rng.choice([1, 2, 2, 3]))
    mules = stage.take(world.accounts(Kind.BANK, country=country, adult=True), people * each)
    world.holder[mules] = np.repeat(world.holder[mules[:people]], -(-len(mules) // people))[: len(mules)]
    network.put(mules, "mule", core=True)
    return mules


def _extort(stage: Stage, network: Planted, mules: Ints, country: int, span: tuple[int, int]) -> gatherings.Receipts:
    """The series of every victim, young people all; some of them children."""
    rng, clock = stage.rng, stage.clock
    victims = stage.take(_young(stage, country), int(Counts(13, 3).draw(rng, 1)[0]) + 3)
    network.victims.update(victims.tolist())
    counts = rng.integers(SERIES[0], SERIES[1] + 1, len(victims))
    who = np.repeat(np.arange(len(victims)), counts)
    place = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.minimum(stage.habits.lognormal("first_demand_eur").draw(rng, len(victims)), 700)
    usd = np.minimum(first[who] * GROWTH**place * rng.uniform(0.85, 1.1, len(who)), MOST_EUR) * EUR_IN_USD
    where = np.full(len(who), country)
    amount = snap(rng, from_usd(usd, where), where, free=0.1)
    spread = rng.uniform(6, SERIES_HOURS, len(victims)) * HOUR_US
    when = clock.first_us + (span[0] + rng.integers(0, span[1], len(victims))) * DAY_US + draw_hours(rng, len(victims), 0.5)
    ts_us = when[who] + (spread[who] * (place + rng.random(len(who)) * 0.5) / (counts[who] - 0.5)).astype(np.int64)
    target = mules[(who + rng.integers(0, 2, len(who))) % len(mules)]
    stage.payments.add(victims[who], target, ts_us, amount)
    return gatherings.Receipts(who, victims[who], target, ts_us, amount)


def _young(stage: Stage, country: int) -> Ints:
    """Accounts of people of 14 to 25."""
    world = stage.world
    pool = world.accounts(Kind.BANK, Kind.WALLET, country=country)
    pool = pool[world.holder[pool] >= 0]
    age = (world.first_day - world.birth_day[world.holder[pool]]) / 365.25
    young = pool[(age >= 14) & (age < 26)]
    return young if len(young) else pool
