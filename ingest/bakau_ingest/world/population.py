"""Who lives in the world: people and their families, their accounts on every rail, shops, employers, agents, exchanges, platforms."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from bakau_ingest.world.places import COUNTRIES

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


class Kind(IntEnum):
    """Kinds of accounts in the world."""

    BANK = 0
    WALLET = 1
    BTC = 2
    SHOP_BANK = 3
    SHOP_WALLET = 4
    AGENT = 5
    EMPLOYER = 6
    CARD = 7
    PLATFORM = 8
    GIFT = 9
    ETH = 10
    SERVICE = 11
    EXCHANGE = 12
    DEPOSIT = 13
    MIXER = 14
    SWAP = 15


#: The numbering of each kind (see `names`).
SCHEMES = {
    Kind.BANK: "iban", Kind.WALLET: "phone", Kind.BTC: "crypto:BTC", Kind.SHOP_BANK: "iban", Kind.SHOP_WALLET: "phone", Kind.AGENT: "phone",
    Kind.EMPLOYER: "iban", Kind.CARD: "card", Kind.PLATFORM: "local.platform", Kind.GIFT: "card:gift", Kind.ETH: "crypto:ETH", Kind.SERVICE: "iban",
    Kind.EXCHANGE: "crypto:BTC", Kind.DEPOSIT: "crypto:BTC", Kind.MIXER: "crypto:BTC", Kind.SWAP: "crypto:BTC",
}  # fmt: skip
SCHEME_NAMES = ("iban", "phone", "crypto:BTC", "crypto:ETH", "card", "local.platform", "card:gift")

#: Shares of people by country, of accounts by kind: defaults of ours, no census. Corridors come from the senders, not from here.
SHARE_COUNTRY = (0.42, 0.10, 0.17, 0.08, 0.10, 0.03, 0.03, 0.02, 0.015, 0.015, 0.01, 0.01)
SHARES = {
    Kind.AGENT: (0.004, 8), Kind.EMPLOYER: (0.004, 14), Kind.SHOP_BANK: (0.012, 24), Kind.SHOP_WALLET: (0.010, 6), Kind.BTC: (0.03, 40),
    Kind.ETH: (0.006, 10), Kind.DEPOSIT: (0.006, 10), Kind.CARD: (0.05, 20), Kind.PLATFORM: (0.04, 20), Kind.GIFT: (0.02, 16),
    Kind.SERVICE: (0.0002, 4), Kind.EXCHANGE: (0.0001, 2), Kind.MIXER: (0.00002, 1), Kind.SWAP: (0.00004, 2),
}  # fmt: skip
#: Accounts without a person behind them.
_IMPERSONAL = (Kind.AGENT, Kind.EMPLOYER, Kind.SHOP_BANK, Kind.SHOP_WALLET, Kind.SERVICE, Kind.EXCHANGE, Kind.MIXER, Kind.SWAP, Kind.GIFT)
#: Merchant category codes of shops (ISO 18245), by weight: groceries, restaurants, department stores, digital goods (games), airlines, schools,
#: charities, dating, computer software.
MCC = (5411, 5812, 5311, 5816, 4511, 8220, 8398, 7273, 5734)
MCC_WEIGHTS = (0.34, 0.26, 0.16, 0.07, 0.02, 0.04, 0.04, 0.02, 0.05)
GAMES, AIRLINE, SCHOOL, CHARITY, DATING, SOFTWARE = 5816, 4511, 8220, 8398, 7273, 5734
#: KYC tiers of e-wallets: basic, semi, full.
TIERS, TIER_WEIGHTS = ("basic", "semi", "full"), (0.25, 0.35, 0.40)
#: Shares of people abroad who came from the Philippines or Indonesia and support a relative there; of children whose account an adult shares.
MIGRANTS, SHARED_CHILDREN = 0.16, 0.5
#: Share of accounts that are opened while the world lasts.
FRESH = 0.12
#: Institutions per country and numbering, and their shares of the customers.
INSTITUTION_SHARES = (0.55, 0.30, 0.15)


@dataclass(slots=True, eq=False)
class Population:
    """Accounts (arrays of length n) and people (arrays of length p). The arrays change while schemes are planned, then no more.

    Per account: `kind`, `country` (place in COUNTRIES), `holder` (person, -1 for none), `opened_day` (days since 1970), `house` (which of the
    country's institutions), `mcc`, `tier`. Per person: `birth_day`, `home`, `is_male`, `family`, `guardian` (person, -1 for none), `kin` (the
    relative's account abroad that they support, -1 for none). `shared` holds further (person, account, role).
    """

    kind: Ints
    country: Ints
    holder: Ints
    opened_day: Ints
    house: Ints
    mcc: Ints
    tier: Ints
    birth_day: Ints
    home: Ints
    is_male: Flags
    family: Ints
    kin: Ints
    first_day: int
    shared: list[tuple[int, int, str]] = field(default_factory=list)
    _pools: dict[tuple[int, ...], Ints] = field(default_factory=dict, repr=False)

    def accounts(self, *kinds: Kind, country: int | None = None, adult: bool | None = None) -> Ints:
        """Accounts of these kinds, in one country or all; of adults or children only when asked. Kept: who has what does not change."""
        key = (*map(int, kinds), -1 if country is None else country, -1 if adult is None else int(adult))
        if key not in self._pools:
            chosen = np.isin(self.kind, kinds)
            if country is not None:
                chosen &= self.country == country
            if adult is not None:
                chosen &= self.is_adult if adult else self.is_child
            self._pools[key] = np.flatnonzero(chosen)
        return self._pools[key]

    @property
    def is_adult(self) -> Flags:
        """Per account: its holder is a person of 19 or older on the first day."""
        held: Flags = (self.holder >= 0) & (self.birth_day[np.maximum(self.holder, 0)] < self.first_day - 19 * 365.25)
        return held

    @property
    def is_child(self) -> Flags:
        """Per account: its holder is a person of 10 to 16 on the first day."""
        age = (self.first_day - self.birth_day[np.maximum(self.holder, 0)]) / 365.25
        held: Flags = (self.holder >= 0) & (age >= 10) & (age < 16.4)
        return held


def make_population(rng: np.random.Generator, accounts: int, first_day: int, days: int) -> Population:
    """A population of that many accounts: one main account a person (a wallet or a bank account), the rest cards, shops, addresses and more."""
    special = {kind: max(fewest, int(accounts * share)) for kind, (share, fewest) in SHARES.items()}
    people = accounts - sum(special.values())
    home = rng.choice(len(COUNTRIES), people, p=SHARE_COUNTRY)
    home[: 2 * len(COUNTRIES)] = np.repeat(np.arange(len(COUNTRIES)), 2)  # somebody lives everywhere
    wallet = np.isin(home, (0, 4)) & (rng.random(people) < 0.8)
    kind = np.concatenate([np.where(wallet, Kind.WALLET, Kind.BANK), *(np.full(count, int(name)) for name, count in special.items())])
    holder = np.concatenate([np.arange(people), rng.integers(0, people, accounts - people)])
    age = rng.triangular(10, 30, 80, people)
    age[: 2 * len(COUNTRIES)] = 45.0
    adults = np.flatnonzero(age >= 19)
    extra = holder[people:]
    young = (age[extra] < 19) & (kind[people:] != Kind.PLATFORM)  # only platforms take children without asking
    extra[young] = rng.choice(adults, int(young.sum()))
    holder[np.isin(kind, _IMPERSONAL)] = -1
    country = np.where(holder >= 0, home[np.maximum(holder, 0)], rng.choice(len(COUNTRIES), accounts, p=SHARE_COUNTRY))
    for place, name in ((0, Kind.AGENT), (1, Kind.EMPLOYER), (2, Kind.SHOP_BANK), (3, Kind.SHOP_WALLET)):
        spots = np.flatnonzero(kind == name)
        first = np.array([0, 4]) if place in {0, 3} else np.arange(len(COUNTRIES))
        country[spots] = np.where(np.isin(country[spots], first), country[spots], 0)
        country[spots[: len(first)]] = first[: len(spots)]
    opened = first_day - rng.integers(30, 2500, accounts)
    fresh = rng.random(accounts) < FRESH
    opened[fresh] = first_day + rng.integers(-20, days - 30, int(fresh.sum()))
    shop = np.isin(kind, (Kind.SHOP_BANK, Kind.SHOP_WALLET))
    mcc = np.where(shop, rng.choice(MCC, accounts, p=MCC_WEIGHTS), 0)
    listed = np.flatnonzero(kind == Kind.SHOP_BANK)
    mcc[listed[-len(MCC) :]] = MCC[-len(listed) :] if len(listed) < len(MCC) else MCC
    order = rng.permutation(accounts)  # the number of an account says nothing about its kind
    world = Population(
        kind=kind[order], country=country[order], holder=holder[order], opened_day=opened, house=rng.choice(3, accounts, p=INSTITUTION_SHARES),
        mcc=mcc[order], tier=rng.choice(3, accounts, p=TIER_WEIGHTS), birth_day=first_day - (age * 365.25).astype(np.int64), home=home,
        is_male=rng.random(people) < 0.5, family=rng.permutation(people) // 3, kin=np.full(people, -1), first_day=first_day,
    )  # fmt: skip
    _settle_migrants(rng, world)
    _share_children(rng, world)
    return world


def _settle_migrants(rng: np.random.Generator, world: Population) -> None:
    """Some people abroad support a relative at home and bear the same name; a relative may have several of them."""
    abroad = np.flatnonzero(~np.isin(world.home, (0, 4)))
    migrants = abroad[rng.random(len(abroad)) < MIGRANTS]
    for country, chosen in ((0, rng.random(len(migrants)) < 0.85), (4, None)):
        pool = world.accounts(Kind.WALLET, Kind.BANK, country=country, adult=True)
        mine = migrants[chosen] if chosen is not None else migrants[world.kin[migrants] < 0]
        if not len(pool) or not len(mine):
            continue
        world.kin[mine] = rng.choice(pool[: max(1, len(pool) // 3)], len(mine))
        world.family[mine] = world.family[world.holder[world.kin[mine]]]


def _share_children(rng: np.random.Generator, world: Population) -> None:
    """Half of the children's accounts have a parent beside the child: as co-owner or as guardian."""
    for country in range(len(COUNTRIES)):
        children = world.accounts(Kind.WALLET, Kind.BANK, country=country, adult=False)
        parents = world.accounts(Kind.WALLET, Kind.BANK, country=country, adult=True)
        if not len(parents):
            continue
        for child in children[rng.random(len(children)) < SHARED_CHILDREN].tolist():
            parent = int(world.holder[rng.choice(parents)])
            world.family[world.holder[child]] = world.family[parent]
            world.shared.append((parent, child, "co_owner" if rng.random() < 0.5 else "guardian"))
