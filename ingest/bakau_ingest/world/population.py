"""Who lives in the world: people, their accounts on four rails, shops, employers, cash agents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


class Kind(IntEnum):
    """Kinds of accounts in the world."""

    BANK = 0
    WALLET = 1
    CRYPTO = 2
    SHOP_BANK = 3
    SHOP_WALLET = 4
    AGENT = 5
    EMPLOYER = 6


COUNTRIES = ("PH", "AU", "US", "GB")
CURRENCIES = ("PHP", "AUD", "USD", "GBP")
ZONES = ("Asia/Manila", "Australia/Sydney", "America/New_York", "Europe/London")

#: Shares of the accounts; defaults of ours. Corridors into PH follow AMLC 2026: US .50, AU .074, GB .068 of inward remittances [V], which
#: is what `REMITTANCE_WEIGHTS` of the look-alikes keeps; the population itself is not a census.
SHARE_SHOPS, SHARE_AGENTS, SHARE_EMPLOYERS, SHARE_CRYPTO = 0.02, 0.004, 0.004, 0.02
SHARE_COUNTRY = (0.55, 0.20, 0.17, 0.08)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Accounts (arrays of length n) and people (arrays of length p).

    `kind`, `country` (place in COUNTRIES), `holder` (person, -1 for none), `opened_day` (days since 1970) per account; `birth_day`,
    `home` (country) per person. `co_holder` maps an account to a second holder.
    """

    kind: Ints
    country: Ints
    holder: Ints
    opened_day: Ints
    birth_day: Ints
    home: Ints
    co_holder: dict[int, int]
    guardian_of: dict[int, int]

    def accounts(self, *kinds: Kind, country: int | None = None) -> Ints:
        """Account numbers of these kinds, in one country or all."""
        chosen = np.isin(self.kind, kinds)
        if country is not None:
            chosen &= self.country == country
        return np.flatnonzero(chosen)

    def adults(self, accounts: Ints, day: int) -> Ints:
        """Those of the accounts whose holder is 18 or older on that day."""
        held = accounts[self.holder[accounts] >= 0]
        return held[self.birth_day[self.holder[held]] < day - 18 * 366]

    def children(self, accounts: Ints, day: int) -> Ints:
        """Those of the accounts whose holder is 10 to 16 on that day."""
        held = accounts[self.holder[accounts] >= 0]
        age = (day - self.birth_day[self.holder[held]]) // 365
        return held[(age >= 10) & (age <= 16)]


def make_population(rng: np.random.Generator, accounts: int, first_day: int) -> Population:
    """A population of that many accounts; every person has one account, a third of adults in PH a bank account besides their wallet."""
    special = {
        Kind.AGENT: max(4, int(accounts * SHARE_AGENTS)),
        Kind.EMPLOYER: max(3, int(accounts * SHARE_EMPLOYERS)),
        Kind.SHOP_BANK: max(3, int(accounts * SHARE_SHOPS) // 2),
        Kind.SHOP_WALLET: max(3, int(accounts * SHARE_SHOPS) // 2),
        Kind.CRYPTO: max(8, int(accounts * SHARE_CRYPTO)),
    }
    people = accounts - sum(special.values())
    home = rng.choice(len(COUNTRIES), people, p=SHARE_COUNTRY)
    wallet = (home == 0) & (rng.random(people) < 0.8)
    kind = np.where(wallet, Kind.WALLET, Kind.BANK)
    holder = np.arange(people)
    extra = [np.full(count, int(name)) for name, count in special.items()]
    kind = np.concatenate([kind, *extra])
    country = np.concatenate([home, rng.choice(len(COUNTRIES), accounts - people, p=SHARE_COUNTRY)])
    country[np.isin(kind, (Kind.AGENT, Kind.SHOP_WALLET))] = 0
    holder = np.concatenate([holder, np.full(accounts - people, -1)])
    crypto = np.flatnonzero(kind == Kind.CRYPTO)
    holder[crypto] = rng.choice(people, len(crypto), replace=len(crypto) > people)
    age_days = (rng.triangular(10, 30, 80, people) * 365.25).astype(np.int64)
    opened = first_day - rng.integers(30, 2000, accounts)
    fresh = rng.random(accounts) < 0.08
    opened[fresh] = first_day + rng.integers(0, 60, int(fresh.sum()))
    order = rng.permutation(accounts)  # the number of an account says nothing about its kind
    return Population(
        kind=kind[order],
        country=country[order],
        holder=holder[order],
        opened_day=opened,
        birth_day=first_day - age_days,
        home=home,
        co_holder={},
        guardian_of={},
    )
