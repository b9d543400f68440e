"""Innocent groups that share the features of schemes, many for every planted network: creators, tutors, hosts, hubs of migrant families,
missions, sellers of game items, parents who keep a child's gifts, treasurers, couriers, savings circles, home sellers, gift-card players,
traders in coins. Romance fraud is here too: a crime, but another one. Rates and manners are defaults of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world import gatherings
from bakau_ingest.world.distributions import Counts, Lognormal, Range
from bakau_ingest.world.gatherings import Pairs
from bakau_ingest.world.moments import draw_hours
from bakau_ingest.world.payments import PURPOSES
from bakau_ingest.world.places import AU, BTC, GB, ID, PH, US, from_usd
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.ordinary import Block
    from bakau_ingest.world.payments import Payments

    Ints = npt.NDArray[np.int64]
    Found = dict[str, Ints]


_NONE = Range(0, 0)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of receiver is paid. `rate` is receivers per account of the world; `circle` the share of payers who follow several of them."""

    rate: float
    payers: Counts
    payments: Lognormal
    usd: Lognormal
    gap_days: Range
    night: Range
    on_point: Range
    cash_out: Range
    circle: float
    purposes: tuple[str, ...]
    shrink: Range = _NONE


#: Receivers whom people abroad pay.
ABROAD = {
    "creator": Manner(0.0022, Counts(11, 1.5), Lognormal(2.0, 1.4), Lognormal(46, 0.9), Range(2, 14), Range(0.35, 0.75), Range(0.3, 0.9), Range(0.4, 0.98), 0.75, ("subscription", "gift", "thank you", ""), Range(0, 0.6)),
    "tutor": Manner(0.0008, Counts(8, 2), Lognormal(4.0, 0.9), Lognormal(45, 0.6), Range(4, 9), Range(0.05, 0.5), Range(0.6, 1), Range(0.2, 0.95), 0.3, ("school fees", "invoice", "")),
    "guest_house": Manner(0.0005, Counts(9, 2), Lognormal(1.2, 0.5), Lognormal(70, 0.7), Range(3, 20), Range(0.1, 0.5), Range(0.2, 0.7), Range(0.2, 0.9), 0.1, ("accommodation", "invoice")),
    "family_hub": Manner(0.0012, Counts(4, 2), Lognormal(4.0, 0.9), Lognormal(85, 0.9), Range(7, 30), Range(0.2, 0.65), Range(0.1, 0.5), Range(0.6, 0.98), 0.3, ("family support", "medical bills", "school fees", "allowance")),
    "mission": Manner(0.0005, Counts(14, 2), Lognormal(3.0, 0.8), Lognormal(40, 0.7), Range(10, 30), Range(0.1, 0.5), Range(0.5, 0.9), Range(0.3, 0.95), 0.5, ("donation", "school fees", "uniform")),
    "game_seller": Manner(0.0009, Counts(14, 1.5), Lognormal(2.0, 1.2), Lognormal(25, 0.9), Range(2, 10), Range(0.4, 0.8), Range(0.4, 0.9), Range(0.3, 0.98), 0.6, ("order", "thank you", "")),
    "romance_fraud": Manner(0.0008, Counts(5, 1), Lognormal(5.0, 1.3), Lognormal(60, 1.2), Range(2, 10), Range(0.4, 0.75), Range(0.1, 0.5), Range(0.8, 0.98), 0.4, ("gift", "medical bills", "family support", ""), Range(0.2, 0.8)),
    "swept_allowance": Manner(0.0012, Counts(4, 1), Lognormal(4.0, 1.1), Lognormal(40, 0.8), Range(7, 30), Range(0.2, 0.65), Range(0.3, 0.7), Range(0.6, 0.95), 0.3, ("allowance", "gift", "school fees", "uniform")),
}  # fmt: skip
#: Receivers whom people nearby pay.
NEARBY = {
    "home_seller": Manner(0.0016, Counts(18, 2), Lognormal(2.5, 0.8), Lognormal(3, 0.8), Range(3, 20), Range(0.1, 0.5), Range(0.6, 1), Range(0.2, 0.9), 0.2, ("order", "")),
    "treasurer": Manner(0.0010, Counts(11, 2), Lognormal(3.0, 0.6), Lognormal(9, 0.7), Range(20, 30), Range(0.1, 0.4), Range(0.5, 1), Range(0.7, 0.98), 0.1, ("thank you", "donation", "")),
    "courier": Manner(0.0016, Counts(5, 1), Lognormal(2.0, 0.9), Lognormal(40, 1.0), Range(2, 20), Range(0.1, 0.6), Range(0, 0.4), Range(0.85, 1), 0.2, ("transfer", "family support", "")),
    "player": Manner(0.0014, Counts(5, 2), Lognormal(4.0, 0.6), Lognormal(30, 1.0), Range(0.05, 1.5), Range(0.3, 0.7), Range(0.2, 0.6), Range(0.3, 0.95), 0.3, ("gift", "top up", "")),
    "reseller": Manner(0.0140, Counts(3, 1), Lognormal(2.5, 0.8), Lognormal(150, 1.0), Range(0.1, 3), Range(0.1, 0.7), Range(0, 0.5), Range(0.75, 1), 0.2, ("order", "transfer", "")),
}  # fmt: skip
#: Where the receivers of a kind live, when it is not the Philippines alone; kinds whose accounts are mostly new.
HOMES, NEW = {"reseller": (US, US, AU, GB, PH)}, {"reseller": 0.7, "player": 0.4, "game_seller": 0.4}
CIRCLES, COIN_SHOPS = 0.0007, 0.0022
#: Followers of one circle.
_FOLLOWERS = 45


def add_lookalikes(block: Block, payments: Payments) -> Found:
    """All groups of one block. What comes back: kind → the accounts that may be mistaken (first row) and their groups, from 0 (second row)."""
    found: Found = {}
    for kind, manner in (ABROAD | NEARBY).items():
        found[kind] = _one_each(_add_gatherings(block, payments, kind, manner))
    found["savings_circle"] = _add_circles(block, payments)
    found["coin_shop"] = _one_each(_add_coin_shops(block, payments))
    return found


def _one_each(accounts: Ints) -> Ints:
    """Accounts that are a group each."""
    return np.stack([accounts, np.arange(len(accounts))])


def _how_many(block: Block, rate: float) -> int:
    return max(1, round((block.end - block.begin) * rate))


def _add_gatherings(block: Block, payments: Payments, kind: str, manner: Manner) -> Ints:
    rng, world, clock = block.rng, block.world, block.clock
    child = kind == "swept_allowance"
    receivers = _pick_receivers(block, kind, _how_many(block, manner.rate))
    if not len(receivers):
        return receivers
    payers = manner.payers.draw(rng, len(receivers))
    which = np.repeat(np.arange(len(receivers)), payers)
    src = _followers(block, manner, receivers[which], abroad=kind in ABROAD)
    counts = np.clip(np.round(manner.payments.draw(rng, len(which))), 1, 60).astype(np.int64)
    begin = rng.integers(0, max(1, clock.days * 2 // 3), len(receivers))
    begin = np.maximum(begin, world.opened_day[receivers] - clock.first_day + 1)
    start = np.minimum(begin[which] + rng.integers(0, max(1, clock.days // 2), len(which)), clock.days - 8)
    night, shrink = manner.night.draw(rng, len(receivers)), manner.shrink.draw(rng, len(receivers))
    pairs = Pairs(src, receivers[which], counts, start, manner.gap_days.draw(rng, len(which)), shrink[which], night[which])
    planned = gatherings.plan(rng, world, clock, pairs)
    mine = which[planned.pair]
    level = manner.usd.draw(rng, len(which)) ** 0.6 * manner.usd.median**0.4
    usd = level[planned.pair] * np.exp(0.35 * rng.standard_normal(len(mine))) * (1 + pairs.shrink[planned.pair] * planned.place)
    points = manner.usd.draw(rng, 3 * len(receivers)).reshape(-1, 3)
    on_point = rng.random(len(mine)) < manner.on_point.draw(rng, len(receivers))[mine]
    amount = gatherings.price(rng, world, pairs.src[planned.pair], usd, points[mine], on_point)
    words = np.array([PURPOSES.index(word) for word in manner.purposes])
    receipts = gatherings.pay(payments, world, pairs, planned, amount, words[rng.integers(0, len(words), len(mine))])
    share = manner.cash_out.draw(rng, len(receivers))[mine]
    helpers = _take_out(block, payments, receipts, share, kind)
    return helpers if child else receivers


def _pick_receivers(block: Block, kind: str, count: int) -> Ints:
    """Accounts of people where the kind lives; children whose account a parent shares for `swept_allowance`; new accounts for kinds in NEW."""
    rng, world = block.rng, block.world
    child = kind == "swept_allowance"
    homes = HOMES.get(kind, (PH, ID) if kind in ABROAD else (PH,))
    kinds = (Kind.WALLET,) if child else (Kind.WALLET, Kind.BANK)
    pool = np.concatenate([world.accounts(*kinds, country=home, adult=not child) for home in dict.fromkeys(homes)])
    if child and world.shared:
        pool = np.intersect1d(pool, np.array([account for _, account, _ in world.shared]))
    new = pool[world.opened_day[pool] > world.first_day - 20]
    some = rng.choice(new, min(len(new), round(count * NEW.get(kind, 0))), replace=False)
    rest = rng.choice(pool, min(len(pool), count - len(some)), replace=False)
    return np.unique(np.concatenate([some, rest]))


def _take_out(block: Block, payments: Payments, receipts: gatherings.Receipts, share: npt.NDArray[np.float64], kind: str) -> Ints:
    """To cash, for most; to the parent of a child; to relatives and friends who take cash in turn. Who that is."""
    rng, world = block.rng, block.world
    to = np.empty(0, np.int64)
    if kind == "swept_allowance":
        parent = {account: person for person, account, _ in world.shared}
        main = np.zeros(len(world.birth_day), np.int64)
        owned = world.accounts(Kind.WALLET, Kind.BANK)
        main[world.holder[owned]] = owned
        to = main[np.array([parent[account] for account in receipts.dst.tolist()], np.int64)] if len(receipts.dst) else receipts.dst
        receipts = gatherings.pass_on(rng, payments, receipts, to, share, (0.3, 20), 0.1)
        share = np.full(len(receipts.dst), 0.7)
    elif kind == "reseller":
        pool = np.concatenate([world.accounts(Kind.BANK), world.accounts(Kind.SERVICE), world.accounts(Kind.SERVICE)])
        to = np.where(
            rng.random(len(receipts.dst)) < 0.4,
            rng.choice(world.accounts(Kind.SERVICE), len(receipts.dst)),
            pool[receipts.dst * 17 % len(pool)],
        )
        gatherings.pass_on(rng, payments, receipts, to, share, (0.2, 9), 0.12)
        return np.empty(0, np.int64)
    elif kind in {"courier", "treasurer", "family_hub", "romance_fraud"}:
        helpers = world.accounts(Kind.WALLET, country=PH, adult=True)
        to = helpers[(receipts.dst * 17 + rng.integers(0, 2, len(receipts.dst)) * 91) % len(helpers)]
        receipts = gatherings.pass_on(rng, payments, receipts, to, share * 0.7, (0.2, 22), 0.1)
        share = np.full(len(receipts.dst), 0.8)
    gatherings.pass_on(rng, payments, receipts, gatherings.usual_agents(rng, world, receipts.dst), share, (0.5, 23), 0.12)
    return np.unique(to)


def _followers(block: Block, manner: Manner, receivers: Ints, *, abroad: bool) -> Ints:
    """Payers of each row's receiver: some from a circle of people who pay several receivers of a kind, the rest from anywhere."""
    rng, world = block.rng, block.world
    count = len(receivers)
    if not abroad:
        src = np.zeros(count, np.int64)
        for home in np.unique(world.country[receivers]).tolist():
            mine = np.flatnonzero(world.country[receivers] == home)
            near = world.accounts(Kind.WALLET if home == PH else Kind.BANK, country=home)
            loyal = rng.random(len(mine)) < 0.6
            place = np.where(
                loyal, np.searchsorted(near, receivers[mine]) + rng.integers(1, 120, len(mine)), rng.integers(0, len(near), len(mine))
            )
            src[mine] = near[place % len(near)]
        return src
    circles = max(1, count // (_FOLLOWERS * 3))
    members = gatherings.pick_abroad(rng, world, circles * _FOLLOWERS)
    mine = receivers * 7919 % circles
    weight = (rng.random(count) ** 1.7 * _FOLLOWERS).astype(np.int64)
    return np.where(rng.random(count) < manner.circle, members[mine * _FOLLOWERS + weight], gatherings.pick_abroad(rng, world, count))


def _add_circles(block: Block, payments: Payments) -> Ints:
    """A paluwagan: members pay the same sum every month to whoever's turn it is."""
    rng, world, clock = block.rng, block.world, block.clock
    wallets = world.accounts(Kind.WALLET, country=PH, adult=True)
    circles = _how_many(block, CIRCLES)
    members = wallets[
        (rng.integers(0, len(wallets), circles)[:, None] + np.arange(7) * rng.integers(1, 40, circles)[:, None]) % len(wallets)
    ]
    share = rng.integers(5, 40, circles) * 10_000
    for month in range(clock.days // 30):
        turn = members[:, month % 7]
        others = np.delete(members, month % 7, axis=1)
        when = clock.first_us + month * 30 * DAY_US + (rng.random(others.shape) * 3 * DAY_US).astype(np.int64)
        payments.add(others.ravel(), np.repeat(turn, 6), when.ravel(), np.repeat(share, 6), "thank you")
    return np.stack([members.ravel(), np.repeat(np.arange(circles), members.shape[1])])


def _add_coin_shops(block: Block, payments: Payments) -> Ints:
    """Addresses that many people pay small sums, with weekly consolidation: shops that take coins, donations, streams."""
    rng, world, clock = block.rng, block.world, block.clock
    pool, exchanges = world.accounts(Kind.BTC), world.accounts(Kind.EXCHANGE, Kind.SWAP)
    shops = rng.choice(pool, min(len(pool), _how_many(block, COIN_SHOPS)), replace=False)
    which = np.repeat(np.arange(len(shops)), Counts(9, 1).draw(rng, len(shops)))
    src = rng.choice(pool, len(which))
    counts = np.clip(np.round(rng.lognormal(0.4, 0.7, len(which))), 1, 12).astype(np.int64)
    start = rng.integers(0, max(1, clock.days * 3 // 4), len(which))
    pairs = Pairs(src, shops[which], counts, start, np.full(len(which), 12.0), np.zeros(len(which)), rng.uniform(0.2, 0.6, len(which)))
    planned = gatherings.plan(rng, world, clock, pairs)
    usd = rng.lognormal(np.log(80), 1.0, len(planned.pair))
    unit = np.full(len(usd), BTC)
    payments.add(pairs.src[planned.pair], pairs.dst[planned.pair], planned.ts_us, from_usd(usd, unit), "", planned.ts_us // 1000 * 4 + 2)
    weeks = np.arange(max(1, clock.days // 7))
    shop, week = np.repeat(shops, len(weeks)), np.tile(weeks, len(shops))
    when = clock.first_us + (week * 7 + 5) * DAY_US + draw_hours(rng, len(week), 0.3) + HOUR_US
    amount = from_usd(rng.lognormal(np.log(90), 0.7, len(week)), np.full(len(week), BTC))
    payments.add(shop, exchanges[(shop * 13 + week % 2) % len(exchanges)], when, amount, "", week * 4 + 3)
    return shops
