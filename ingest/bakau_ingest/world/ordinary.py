"""Ordinary life: wages, rent, shopping, friends, savings in crypto. Amounts in minor units of the payer's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

#: What a day's shopping costs, in minor units of PHP, AUD, USD, GBP; wages as multiples of it. Defaults of ours.
SPEND = np.array([45_000, 4_200, 3_600, 2_600])
WAGE_DAYS = 38
#: Payments an average account makes per 180 days in each part of life; defaults of ours.
SHOPPING, FRIENDS = 7.0, 2.2


def daytime(rng: np.random.Generator, count: int, first_us: int, days: int) -> Ints:
    """Instants spread over the days, mostly between 8 and 22 o'clock of UTC+8 or thereabouts."""
    hours = np.clip(rng.normal(14, 4, count), 0, 23.99)
    return first_us + rng.integers(0, days, count) * DAY_US + (hours * HOUR_US).astype(np.int64) - 8 * HOUR_US


def add_wages(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> None:
    """Employers pay most of the adults of their country once a month; payroll is also the first look-alike of fan-out."""
    for country in range(len(SPEND)):
        workers = world.adults(world.accounts(Kind.BANK, Kind.WALLET, country=country), first_us // DAY_US)
        employers = world.accounts(Kind.EMPLOYER, country=country)
        if not len(workers) or not len(employers):
            continue
        workers = rng.permutation(workers)[: int(len(workers) * 0.7)]
        employer = employers[rng.integers(0, len(employers), len(workers))]
        wage = (SPEND[country] * WAGE_DAYS * rng.lognormal(0, 0.4, len(workers))).astype(np.int64) // 100 * 100
        payday = rng.choice([0, 14, 27], len(workers))
        for month in range(days // 30):
            when = first_us + (month * 30 + payday) * DAY_US + (rng.random(len(workers)) * 6 * HOUR_US).astype(np.int64)
            payments.add(employer, workers, when, wage, "salary")
        add_rent(rng, payments, workers, wage, first_us, days)


def add_rent(rng: np.random.Generator, payments: Payments, workers: Ints, wage: Ints, first_us: int, days: int) -> None:
    """A third of the earners pay a landlord every month."""
    chosen = rng.random(len(workers)) < 0.33
    payers, rent = workers[chosen], wage[chosen] // 4 // 1000 * 1000
    if not len(payers):
        return
    landlords = rng.choice(workers, max(1, len(payers) // 4))
    landlord = landlords[rng.integers(0, len(landlords), len(payers))]
    for month in range(days // 30):
        when = first_us + (month * 30 + 2) * DAY_US + (rng.random(len(payers)) * 30 * HOUR_US).astype(np.int64)
        payments.add(payers, landlord, when, np.maximum(rent, 1000), "rent")


def add_shopping(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> None:
    """Everybody shops, at a few places each; shops pay their takings to the owner day by day (they look like cash-out)."""
    for country in range(len(SPEND)):
        buyers = world.accounts(Kind.BANK, Kind.WALLET, country=country)
        for kind, buyer_kind in ((Kind.SHOP_BANK, Kind.BANK), (Kind.SHOP_WALLET, Kind.WALLET)):
            shops, payers = world.accounts(kind, country=country), buyers[world.kind[buyers] == buyer_kind]
            if not len(shops) or not len(payers):
                continue
            visits = rng.poisson(SHOPPING * rng.lognormal(0, 0.7, len(payers)) * days / 180)
            payer = np.repeat(payers, visits)
            weights = rng.pareto(1.1, len(shops)) + 0.1
            favourite = rng.choice(shops, (len(payers), 3), p=weights / weights.sum())
            shop = np.repeat(favourite, visits, axis=0)[np.arange(len(payer)), rng.integers(0, 3, len(payer))]
            amount = np.maximum((SPEND[country] * rng.lognormal(-0.4, 0.9, len(payer))).astype(np.int64), 50)
            payments.add(payer, shop, daytime(rng, len(payer), first_us, days), amount, "order")
        add_settlements(rng, world, payments, country, first_us, days)


def add_settlements(rng: np.random.Generator, world: Population, payments: Payments, country: int, first_us: int, days: int) -> None:
    """Shops pass their takings on to an owner's account several times a week."""
    shops = world.accounts(Kind.SHOP_WALLET, country=country)
    owners = world.adults(world.accounts(Kind.WALLET, country=country), first_us // DAY_US)
    if not len(shops) or not len(owners):
        return
    owner = rng.choice(owners, len(shops))
    times = rng.integers(1, 4, len(shops)) * days // 7
    shop, to = np.repeat(shops, times), np.repeat(owner, times)
    amount = (SPEND[country] * 6 * rng.lognormal(0, 0.5, len(shop))).astype(np.int64)
    when = first_us + rng.integers(0, days, len(shop)) * DAY_US + 12 * HOUR_US + rng.integers(0, HOUR_US, len(shop))
    payments.add(shop, to, when, amount, "settlement")


def add_friends(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> None:
    """Friends and neighbours pay each other back; now and then three times a day when a limit or a mistake splits a sum."""
    for country in range(len(SPEND)):
        for kind in (Kind.BANK, Kind.WALLET):
            members = world.accounts(kind, country=country)
            if len(members) < 8:
                continue
            count = rng.poisson(FRIENDS * len(members) * days / 180)
            place = rng.integers(0, len(members), count)
            other = (place + rng.integers(1, 6, count)) % len(members)
            amount = np.maximum((SPEND[country] * rng.lognormal(-0.1, 0.9, count)).astype(np.int64) // 500 * 500, 500)
            when = daytime(rng, count, first_us, days)
            payments.add(members[place], members[other], when, amount, "thank you")
            split = np.flatnonzero(rng.random(count) < 0.004)
            for again in (1, 2):
                payments.add(members[place[split]], members[other[split]], when[split] + again * HOUR_US // 3, amount[split])


def add_crypto(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> None:
    """Coins move between addresses, heavy-tailed, for no reason anyone states. Amounts in satoshi."""
    addresses = world.accounts(Kind.CRYPTO)
    count = rng.poisson(len(addresses) * 4 * days / 180)
    weights = rng.pareto(1.3, len(addresses)) + 0.05
    src, dst = (rng.choice(addresses, count, p=weights / weights.sum()) for _ in range(2))
    payments.add(src, dst, daytime(rng, count, first_us, days), np.maximum((rng.lognormal(13, 1.5, count)).astype(np.int64), 600))
