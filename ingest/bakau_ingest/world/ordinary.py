"""Ordinary life of a block of accounts: wages, rent, shopping, friends, families abroad, cards, games, coins. All rates are defaults of ours.

Habits change over the year: half way (a day of their own each) people change shops and friends, some change employers, and busy months differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world.moments import draw_days, draw_waking_hours
from bakau_ingest.world.places import BTC, COUNTRIES, ETH, from_usd, snap
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.places import Clock
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: What a day's shopping costs and a month's wage, in US dollars per country.
SPEND_USD = np.array([8, 27, 36, 33, 6, 28, 30, 20, 24, 26, 30, 30], float)
WAGE_DAYS = 38
#: Payments an average account makes in 180 days.
SHOPPING, FRIENDS, CARDS, PLAY, COINS = 7.0, 2.6, 6.0, 5.0, 4.0


@dataclass(frozen=True, slots=True)
class Block:
    """A run of accounts whose payments are made in one go, with a random stream of its own."""

    rng: np.random.Generator
    world: Population
    clock: Clock
    begin: int
    end: int

    def mine(self, accounts: Ints) -> Ints:
        """Those of the accounts that lie in the block; `accounts` is sorted."""
        return accounts[np.searchsorted(accounts, self.begin) : np.searchsorted(accounts, self.end)]

    def of(self, *kinds: Kind, country: int | None = None, adult: bool | None = None) -> Ints:
        """The block's accounts of these kinds."""
        return self.mine(self.world.accounts(*kinds, country=country, adult=adult))

    def moments(self, payers: Ints) -> Ints:
        """Instants over the days of the world, at hours when the payers are awake."""
        count = len(payers)
        return self.clock.to_utc(self.world.country[payers], draw_days(self.rng, self.clock, count), draw_waking_hours(self.rng, count))


def add_life(block: Block, payments: Payments) -> None:
    """All of it, for one block."""
    for country in range(len(COUNTRIES)):
        add_wages(block, payments, country)
        add_shopping(block, payments, country)
        add_friends(block, payments, country)
    add_families(block, payments)
    add_cards(block, payments)
    add_play(block, payments)
    add_coins(block, payments)


def add_wages(block: Block, payments: Payments, country: int) -> None:
    """Employers pay most of the adults of their country once a month; a third of the earners pays rent. Some change employers on the way."""
    rng, world, clock = block.rng, block.world, block.clock
    workers, employers = block.of(Kind.BANK, Kind.WALLET, country=country, adult=True), world.accounts(Kind.EMPLOYER, country=country)
    if not len(workers) or not len(employers):
        return
    workers = workers[rng.random(len(workers)) < 0.6]
    employer = rng.choice(employers, len(workers))
    wage = from_usd(SPEND_USD[country] * WAGE_DAYS * rng.lognormal(0, 0.4, len(workers)), np.full(len(workers), country)) // 100 * 100
    payday = rng.choice([0, 14, 27], len(workers))
    moved = np.where(rng.random(len(workers)) < 0.1, rng.integers(0, clock.days // 30 + 1, len(workers)), 10_000)
    landlords = world.accounts(Kind.BANK, Kind.WALLET, country=country, adult=True)
    renting = rng.random(len(workers)) < 0.33
    landlord = rng.choice(landlords, len(workers))
    for month in range(clock.days // 30):
        payer = np.where(month >= moved, np.roll(employer, 1), employer)
        when = clock.first_us + (month * 30 + payday) * DAY_US + (rng.random(len(workers)) * 6 * HOUR_US).astype(np.int64)
        payments.add(payer, workers, when, wage, "salary")
        when = clock.first_us + (month * 30 + 2) * DAY_US + (rng.random(int(renting.sum())) * 30 * HOUR_US).astype(np.int64)
        payments.add(workers[renting], landlord[renting], when, np.maximum(wage[renting] // 4 // 1000 * 1000, 1000), "rent")


def add_shopping(block: Block, payments: Payments, country: int) -> None:
    """Everybody shops, at a few places each, at other ones later in the year; shops pay their takings out (it looks like cash-out)."""
    rng, world = block.rng, block.world
    for kind, buyer in ((Kind.SHOP_BANK, Kind.BANK), (Kind.SHOP_WALLET, Kind.WALLET)):
        shops, payers = world.accounts(kind, country=country), block.of(buyer, country=country)
        if not len(shops) or not len(payers):
            continue
        visits = rng.poisson(SHOPPING * rng.lognormal(0, 0.7, len(payers)) * block.clock.days / 180)
        payer = np.repeat(payers, visits)
        favourite = np.minimum((rng.random((len(payers), 6)) ** 2 * len(shops)).astype(np.int64), len(shops) - 1)
        when = block.moments(payer)
        half = (when > block.clock.first_us + block.clock.days * DAY_US // 2) * 3
        shop = shops[np.repeat(favourite, visits, axis=0)[np.arange(len(payer)), rng.integers(0, 3, len(payer)) + half]]
        amount = from_usd(SPEND_USD[country] * rng.lognormal(-0.4, 0.9, len(payer)), np.full(len(payer), country))
        payments.add(payer, shop, when, np.maximum(amount, 50), "order")
    _settle_shops(block, payments, country)


def _settle_shops(block: Block, payments: Payments, country: int) -> None:
    rng, world, clock = block.rng, block.world, block.clock
    shops, owners = block.of(Kind.SHOP_WALLET, country=country), world.accounts(Kind.WALLET, Kind.BANK, country=country, adult=True)
    if not len(shops) or not len(owners):
        return
    times = rng.integers(1, 4, len(shops)) * clock.days // 7
    shop, to = np.repeat(shops, times), np.repeat(rng.choice(owners, len(shops)), times)
    amount = from_usd(SPEND_USD[country] * 6 * rng.lognormal(0, 0.5, len(shop)), np.full(len(shop), country))
    payments.add(shop, to, block.moments(shop), amount, "settlement")


def add_friends(block: Block, payments: Payments, country: int) -> None:
    """Friends and neighbours pay each other back; now and then three times a day when a limit or a mistake splits a sum."""
    rng, world = block.rng, block.world
    for kind in (Kind.BANK, Kind.WALLET):
        members, mine = world.accounts(kind, country=country), block.of(kind, country=country)
        if len(members) < 8 or not len(mine):
            continue
        count = rng.poisson(FRIENDS * len(mine) * block.clock.days / 180)
        payer = rng.choice(mine, count)
        when = block.moments(payer)
        later = (when - block.clock.first_us) // (max(1, block.clock.days // 2) * DAY_US)
        other = members[(np.searchsorted(members, payer) + rng.integers(1, 6, count) + later * 7) % len(members)]
        unit = np.full(count, country)
        amount = snap(rng, from_usd(SPEND_USD[country] * rng.lognormal(-0.1, 0.9, count), unit), unit, free=0.3)
        payments.add(payer, other, when, amount, "thank you")
        split = np.flatnonzero(rng.random(count) < 0.006)
        for again in (1, 2):
            payments.add(payer[split], other[split], when[split] + again * HOUR_US // 3, amount[split])


def add_families(block: Block, payments: Payments) -> None:
    """Migrant workers send a larger sum to a relative every month, sometimes in several parts, more before feasts and school."""
    rng, world, clock = block.rng, block.world, block.clock
    mine = block.of(Kind.BANK, adult=True)
    senders = mine[world.kin[world.holder[mine]] >= 0]
    if not len(senders):
        return
    kin = world.kin[world.holder[senders]]
    base = rng.lognormal(np.log(190), 0.7, len(senders))
    parts = rng.choice([1, 1, 1, 2, 4], len(senders))
    for month in range(clock.days // 30):
        sent = np.repeat(np.arange(len(senders)), np.where(rng.random(len(senders)) < 0.93, parts, 0))
        country = world.country[senders[sent]]
        day = np.minimum(month * 30 + rng.integers(0, 30, len(sent)) * (parts[sent] > 1) + rng.integers(0, 6, len(sent)), clock.days - 1)
        when = clock.to_utc(country, day, draw_waking_hours(rng, len(sent)))
        amount = snap(rng, from_usd(base[sent] / parts[sent] * rng.normal(1, 0.1, len(sent)).clip(0.5), country), country)
        purpose = rng.choice([1, 1, 1, 4, 8, 9], len(sent))
        payments.add(senders[sent], kin[sent], when, amount, purpose)


def add_cards(block: Block, payments: Payments) -> None:
    """Cards pay shops of every kind, platforms and gift cards; cards and platforms are topped up from accounts."""
    rng, world, clock = block.rng, block.world, block.clock
    cards, shops = block.of(Kind.CARD), world.accounts(Kind.SHOP_BANK)
    payer = np.repeat(cards, rng.poisson(CARDS * rng.lognormal(0, 0.8, len(cards)) * clock.days / 180))
    shop = shops[np.minimum((rng.random(len(payer)) ** 2 * len(shops)).astype(np.int64), len(shops) - 1)]
    amount = from_usd(SPEND_USD[world.country[payer]] * rng.lognormal(-0.2, 1.0, len(payer)), world.country[payer])
    payments.add(payer, shop, block.moments(payer), np.maximum(amount, 50), "order")
    gifts, buyers = block.of(Kind.GIFT), world.accounts(Kind.CARD, Kind.BANK, Kind.WALLET)
    buyer = rng.choice(buyers, len(gifts))
    bought = block.moments(buyer)
    worth = np.maximum(rng.choice([10, 20, 25, 50, 100], len(gifts), p=(0.25, 0.2, 0.3, 0.2, 0.05)), 1).astype(float)
    payments.add(buyer, gifts, bought, snap(rng, from_usd(worth, world.country[buyer]), world.country[buyer]), "gift")
    used = rng.random(len(gifts)) < 0.8
    users = rng.choice(world.accounts(Kind.PLATFORM), int(used.sum()))
    later = bought[used] + (rng.exponential(4, len(users)) * DAY_US).astype(np.int64)
    payments.add(
        gifts[used], users, later, snap(rng, from_usd(worth[used], world.country[gifts[used]]), world.country[gifts[used]]), "top up"
    )


def add_play(block: Block, payments: Payments) -> None:
    """Players and fans buy tokens and give them away, in bursts and late; those who receive many are paid out."""
    rng, world, clock = block.rng, block.world, block.clock
    users, cards = block.of(Kind.PLATFORM), world.accounts(Kind.CARD, Kind.BANK, Kind.WALLET)
    if not len(users):
        return
    everybody = world.accounts(Kind.PLATFORM)
    payer = np.repeat(users, rng.poisson(PLAY * rng.lognormal(0, 1.0, len(users)) * clock.days / 180))
    star = everybody[np.minimum((rng.random(len(payer)) ** 3 * len(everybody)).astype(np.int64), len(everybody) - 1)]
    when = block.moments(payer)
    amount = snap(rng, from_usd(rng.lognormal(np.log(6), 0.9, len(payer)), world.country[payer]), world.country[payer])
    payments.add(payer, star, when, amount, "gift")
    buys = rng.random(len(payer)) < 0.4
    of_user = cards[(payer[buys] * 7919) % len(cards)]
    value = from_usd(rng.choice([5.0, 10.0, 20.0, 50.0], len(of_user)), world.country[of_user])
    payments.add(of_user, payer[buys], when[buys] - HOUR_US // 4, snap(rng, value, world.country[of_user]), "top up")
    stars = block.mine(everybody[: len(everybody) // 4])
    banks = world.accounts(Kind.BANK, Kind.WALLET, adult=True)
    for _ in range(clock.days // 30):
        value = from_usd(rng.lognormal(np.log(60), 0.8, len(stars)), world.country[stars])
        payments.add(stars, banks[(stars * 6271) % len(banks)], block.moments(stars), value, "settlement")


def add_coins(block: Block, payments: Payments) -> None:
    """Coins: withdrawals from exchanges, deposits that exchanges sweep together, payments between people; swaps and mixers now and then."""
    rng, world, clock = block.rng, block.world, block.clock
    exchanges, mixers = world.accounts(Kind.EXCHANGE), world.accounts(Kind.MIXER, Kind.SWAP)
    mine = block.of(Kind.BTC)
    for target, usd in ((world.accounts(Kind.BTC), 160), (world.accounts(Kind.DEPOSIT), 300), (exchanges, 0), (mixers, 400)):
        share = {160: 1.0, 300: 0.5, 0: 0.8, 400: 0.04}[usd]
        one = np.repeat(mine, rng.poisson(COINS * share * rng.lognormal(-0.3, 0.8, len(mine)) * clock.days / 180))
        other = target[np.minimum((rng.random(len(one)) ** 2 * len(target)).astype(np.int64), len(target) - 1)]
        amount = from_usd((usd or 200) * rng.lognormal(-0.4, 1.3, len(one)), np.full(len(one), BTC))
        src, dst = (other, one) if usd == 0 else (one, other)
        when = block.moments(one)
        payments.add(src, dst, when, np.maximum(amount, 600), "", when // 1000 * 4 + 1)
    deposits = block.of(Kind.DEPOSIT)
    for week in range(clock.days // 7):
        when = clock.first_us + (week * 7 + 6) * DAY_US + (rng.random(len(deposits)) * DAY_US).astype(np.int64)
        amount = from_usd(250 * rng.lognormal(0, 1, len(deposits)), np.full(len(deposits), BTC))
        payments.add(deposits, rng.choice(exchanges, len(deposits)), when, amount, "", week)
    ether = block.of(Kind.ETH)
    one = np.repeat(ether, rng.poisson(COINS * 2 * clock.days / 180, len(ether)))
    everybody = world.accounts(Kind.ETH)
    other = everybody[np.minimum((rng.random(len(one)) ** 2 * len(everybody)).astype(np.int64), len(everybody) - 1)]
    payments.add(one, other, block.moments(one), from_usd(150 * rng.lognormal(-0.4, 1.3, len(one)), np.full(len(one), ETH)))
