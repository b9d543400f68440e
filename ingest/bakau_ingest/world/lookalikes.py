"""Innocent groups that share a scheme's features: families abroad, guest houses, home sellers, savings circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world.ordinary import SPEND, daytime
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

#: Weights of AU, US, GB among remittances to PH: AMLC's report of 12 Feb 2026 names US 50 %, AU 7.4 %, UK 6.8 % of inward remittances [V];
#: scaled to these three countries.
REMITTANCE_WEIGHTS = (0.074, 0.50, 0.068)


def pick_foreign(rng: np.random.Generator, world: Population, count: int, day: int) -> Ints:
    """Bank accounts of adults abroad, by corridor weight."""
    weights = np.array(REMITTANCE_WEIGHTS) / sum(REMITTANCE_WEIGHTS)
    groups = [world.adults(world.accounts(Kind.BANK, country=country), day) for country in (1, 2, 3)]
    country = rng.choice(3, count, p=weights)
    return np.array([rng.choice(groups[place]) for place in country], np.int64)


def add_family_remittances(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> Ints:
    """Migrant workers send a larger sum to the same one or two relatives every month. Returns the receivers."""
    day = first_us // DAY_US
    receivers = world.adults(world.accounts(Kind.WALLET, Kind.BANK, country=0), day)
    receivers = rng.permutation(receivers)[: max(4, len(receivers) // 12)]
    senders = pick_foreign(rng, world, len(receivers), day)
    base = (SPEND[world.country[senders]] * rng.lognormal(1.9, 0.3, len(senders))).astype(np.int64)
    for month in range(days // 30):
        when = first_us + (month * 30 + rng.integers(0, 6, len(senders))) * DAY_US + rng.integers(8, 20, len(senders)) * HOUR_US
        amount = (base * rng.normal(1, 0.08, len(senders))).astype(np.int64) // 1000 * 1000
        payments.add(senders, receivers, when, np.maximum(amount, 2000), "family support")
    return receivers


def add_guest_houses(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, count: int) -> Ints:
    """A host receives deposits of several foreign guests, each once or twice, in round sums. Returns the hosts."""
    day = first_us // DAY_US
    hosts = rng.choice(world.adults(world.accounts(Kind.WALLET, country=0), day), count, replace=False)
    for host in hosts:
        guests = pick_foreign(rng, world, int(rng.integers(5, 14)), day)
        amount = (SPEND[world.country[guests]] * rng.lognormal(1.1, 0.5, len(guests))).astype(np.int64) // 1000 * 1000
        payments.add(guests, host, daytime(rng, len(guests), first_us, days), np.maximum(amount, 1000), "invoice")
    return hosts


def add_home_sellers(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, count: int) -> Ints:
    """Somebody sells food or phone credit from home: many local payers, few prices, takings cashed out weekly. Returns the sellers."""
    day = first_us // DAY_US
    wallets, agents = world.accounts(Kind.WALLET, country=0), world.accounts(Kind.AGENT)
    sellers = rng.choice(world.adults(wallets, day), count, replace=False)
    for seller in sellers:
        buyers = rng.choice(wallets, int(rng.integers(15, 60)))
        times = rng.integers(1, 6, len(buyers))
        payer = np.repeat(buyers, times)
        price = rng.choice(np.array([5_000, 10_000, 15_000, 30_000]), len(payer))
        payments.add(payer, seller, daytime(rng, len(payer), first_us, days), price, "order")
        weeks = np.arange(days // 7)
        payments.add(
            seller,
            rng.choice(agents, len(weeks)),
            first_us + (weeks * 7 + 6) * DAY_US + 9 * HOUR_US,
            price.sum() // max(1, len(weeks)) // 100 * 100,
        )
    return sellers


def add_savings_circles(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, count: int) -> Ints:
    """A paluwagan: members pay the same sum every month to whoever's turn it is. Returns the members."""
    day = first_us // DAY_US
    wallets = world.adults(world.accounts(Kind.WALLET, country=0), day)
    members = []
    for _ in range(count):
        circle = rng.choice(wallets, int(rng.integers(5, 9)), replace=False)
        share = int(rng.integers(5, 30)) * 10_000
        for month in range(days // 30):
            turn = circle[month % len(circle)]
            others = circle[circle != turn]
            payments.add(
                others, turn, first_us + month * 30 * DAY_US + (rng.random(len(others)) * 3 * DAY_US).astype(np.int64), share, "thank you"
            )
        members.append(circle)
    return np.concatenate(members)
