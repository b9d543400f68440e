"""Sale of material for coins and gift cards, and gifts to a minor on a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world import gatherings
from bakau_ingest.world.moments import draw_hours
from bakau_ingest.world.places import BTC, PH, from_usd, snap, to_usd
from bakau_ingest.world.planted import Planted
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.planted import Stage

    Ints = npt.NDArray[np.int64]


def add_commerce(stage: Stage) -> Planted:
    """A vendor who rotates addresses, consolidates every week and cashes out at exchanges, swaps and mixers; some take gift cards as well."""
    rng, world, clock = stage.rng, stage.world, stage.clock
    network = Planted("commerce", "coins", "CSAM")
    addresses = stage.take(world.accounts(Kind.BTC), int(rng.integers(4, 13)))
    hub, addresses = int(addresses[0]), addresses[1:]
    network.put(addresses, "vendor", core=True)
    network.put(hub, "cash_out", core=True)
    buyers = stage.take(world.accounts(Kind.BTC), int(stage.habits.counts("buyers_per_vendor").draw(rng, 1)[0]))
    network.put(buyers, "consumer", core=False)
    begin = int(rng.integers(0, max(1, clock.days - 90)))
    counts = 1 + rng.poisson(1.2, len(buyers))
    who = np.repeat(np.arange(len(buyers)), counts)
    day = begin + (rng.random(len(who)) * (clock.days - begin - 8)).astype(np.int64)
    when = clock.to_utc(world.country[buyers[who]], day, draw_hours(rng, len(who), 0.5))
    usd = stage.habits.lognormal("usd_per_crypto_payment").draw(rng, len(who))
    target = addresses[np.minimum((day - begin) * len(addresses) // max(1, clock.days - begin), len(addresses) - 1)]
    stray = rng.random(len(who)) < 0.25
    target = np.where(stray, rng.choice(addresses, len(who)), target)
    amount = from_usd(usd, np.full(len(who), BTC))
    stage.payments.add(buyers[who], target, when, amount, "", when // 1000 * 4 + 2)
    bought = rng.random(len(who)) < 0.5  # bought at an exchange shortly before
    exchange = rng.choice(world.accounts(Kind.EXCHANGE), int(bought.sum()))
    before = when[bought] - (rng.uniform(0.5, 48, len(exchange)) * HOUR_US).astype(np.int64)
    stage.payments.add(exchange, buyers[who[bought]], before, amount[bought] * 103 // 100, "", before // 1000 * 4 + 1)
    _consolidate(stage, hub, target, day, amount)
    if rng.random() < 0.4:
        network.variant = "coins_and_gift_cards"
        _sell_for_cards(stage, network)
    return network


def _consolidate(stage: Stage, hub: int, target: Ints, day: Ints, amount: Ints) -> None:
    """Once a week all addresses that received pay into the hub; the hub pays out to exchanges, or to swaps and mixers."""
    rng, world, clock = stage.rng, stage.world, stage.clock
    week = day // 7
    keys, spot = np.unique(np.stack([target, week]), axis=1, return_inverse=True)
    sums = np.bincount(spot.ravel(), amount).astype(np.int64) * 99 // 100
    when = clock.first_us + (keys[1] * 7 + 7) * DAY_US + draw_hours(rng, len(sums), 0.4)
    stage.payments.add(keys[0], hub, when, sums, "", keys[1] * 4 + 3)
    weeks, place = np.unique(keys[1], return_inverse=True)
    total = np.bincount(place.ravel(), sums).astype(np.int64) * 98 // 100
    vasp = rng.random(len(weeks)) < stage.habits.range("to_exchange").draw(rng, 1)[0]
    out = np.where(
        vasp, rng.choice(world.accounts(Kind.DEPOSIT), len(weeks)), rng.choice(world.accounts(Kind.SWAP, Kind.MIXER), len(weeks))
    )
    stage.payments.add(hub, out, clock.first_us + (weeks * 7 + 8) * DAY_US + draw_hours(rng, len(weeks), 0.4), total, "", weeks * 4 + 1)


def _sell_for_cards(stage: Stage, network: Planted) -> None:
    """Gift cards bought in one country, redeemed on the vendor's platform account in another, paid out."""
    rng, world, clock = stage.rng, stage.world, stage.clock
    vendor = int(stage.take(world.accounts(Kind.PLATFORM, adult=True), 1)[0])
    till = int(stage.take_adults(PH, 1)[0])
    network.put(vendor, "vendor", core=True)
    network.put(till, "cash_out", core=True)
    count = int(rng.integers(8, 24))
    cards = stage.take(world.accounts(Kind.GIFT), count)
    buyers = stage.take(world.accounts(Kind.CARD, adult=True), max(3, count // 2))
    network.put(buyers, "consumer", core=False)
    buyer = rng.choice(buyers, count)
    day = rng.integers(0, clock.days - 6, count)
    when = clock.to_utc(world.country[buyer], day, draw_hours(rng, count, 0.5))
    usd = rng.choice([25.0, 50.0, 100.0], count)
    stage.payments.add(buyer, cards, when, snap(rng, from_usd(usd, world.country[buyer]), world.country[buyer]), "gift")
    later = when + (rng.exponential(20, count) * HOUR_US).astype(np.int64)
    stage.payments.add(cards, vendor, later, snap(rng, from_usd(usd, world.country[cards]), world.country[cards]), "top up")
    value = from_usd(usd * 0.9, np.full(count, world.country[vendor]))
    stage.payments.add(vendor, till, later + (rng.uniform(2, 60, count) * HOUR_US).astype(np.int64), value, "settlement")


def add_platform_gifts(stage: Stage) -> Planted:
    """Adults give gifts to a minor on a platform; the minor is paid out and an adult at home takes it, or is paid out directly."""
    rng, world, clock = stage.rng, stage.world, stage.clock
    network = Planted("platform_gifts", "", "LSAC")
    minors = world.accounts(Kind.PLATFORM, adult=False)
    minor = int(stage.take(minors if len(minors) else world.accounts(Kind.PLATFORM), 1)[0])
    adult = int(stage.take_adults(PH, 1)[0])
    world.family[world.holder[minor]] = world.family[world.holder[adult]]
    network.victims.add(minor)
    network.put(adult, "sweep", core=True)
    givers = stage.take(world.accounts(Kind.PLATFORM, adult=True), int(rng.integers(5, 14)))
    network.put(givers, "consumer", core=False)
    counts = 2 + rng.poisson(4, len(givers))
    who = np.repeat(givers, counts)
    day = rng.integers(10, clock.days - 6, len(who))
    when = clock.to_utc(world.country[who], day, draw_hours(rng, len(who), 0.6))
    usd = rng.lognormal(np.log(22), 0.8, len(who))
    stage.payments.add(who, minor, when, snap(rng, from_usd(usd, world.country[who]), world.country[who]), "gift")
    weeks = np.unique(day // 7)
    paid = clock.first_us + (weeks * 7 + 7) * DAY_US + draw_hours(rng, len(weeks), 0.3)
    value = from_usd(rng.lognormal(np.log(60), 0.6, len(weeks)), np.full(len(weeks), world.country[minor]))
    wallets = world.accounts(Kind.WALLET, country=PH, adult=False)
    if rng.random() < 0.5 and len(wallets):
        network.variant, network.receives_on = "through_the_minor", "child"
        wallet = int(stage.take(wallets, 1)[0])
        world.holder[minor] = world.holder[wallet]
        network.victims.add(wallet)
        stage.payments.add(minor, wallet, paid, value, "settlement")
        value = from_usd(to_usd(value, np.full(len(weeks), world.country[minor])), np.full(len(weeks), PH))
        swept = paid + (rng.uniform(0.3, 12, len(weeks)) * HOUR_US).astype(np.int64)
        stage.payments.add(wallet, adult, swept, value * 96 // 100)
    else:
        network.variant = "direct"
        stage.payments.add(minor, adult, paid, value, "settlement")
    agents = gatherings.usual_agents(rng, world, np.full(len(weeks), adult))
    value = from_usd(to_usd(value, np.full(len(weeks), PH)), np.full(len(weeks), PH))
    stage.payments.add(adult, agents, paid + rng.integers(14, 40, len(weeks)) * HOUR_US, value * 9 // 10)
    return network
