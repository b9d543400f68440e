"""What a planted network is, and the pool of accounts from which its people are taken, each once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.habits import Habits
    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.places import Clock
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Planted:
    """One planted network: scheme, variant, crime type, parts by account, which accounts are its core, how many victims it has.

    Protected people and those who are extorted have no part: they are victims, and only counted. `life_months` holds, per facilitator, how
    long they are active in all.
    """

    scheme: str
    variant: str
    crime_type: str
    parts: dict[int, str] = field(default_factory=dict)
    core: set[int] = field(default_factory=set)
    victims: set[int] = field(default_factory=set)
    receives_on: str = "own"
    life_months: list[float] = field(default_factory=list)

    def put(self, accounts: Ints | int, part: str, *, core: bool) -> None:
        """Give accounts their part; the first one stays."""
        for account in np.atleast_1d(accounts).tolist():
            self.parts.setdefault(account, part)
            if core:
                self.core.add(account)


@dataclass(frozen=True, slots=True)
class Facilitator:
    """One facilitator of a live-stream network: its network, adult's account, the account that receives (their own or another's) and the one after a take-down."""

    network: int
    adult: int
    receiver: int
    next_receiver: int
    moves_on: int
    begin: int
    end: int
    organiser: int


@dataclass(slots=True, eq=False)
class Stage:
    """Where schemes are planned: the world, its clock, the habits, the payments so far and who has a part already."""

    rng: np.random.Generator
    world: Population
    clock: Clock
    habits: Habits
    payments: Payments
    taken: set[int] = field(default_factory=set)

    def take(self, pool: Ints, count: int) -> Ints:
        """That many accounts of a pool nobody has taken yet (any of it when too few are left)."""
        found: list[int] = []
        for account in self.rng.permutation(pool[self.rng.integers(0, len(pool), 40 * count + 60)]).tolist():
            if account not in self.taken:
                self.taken.add(account)
                found.append(account)
            if len(found) == count:
                return np.array(found, np.int64)
        left = self.rng.choice(pool, count - len(found))
        self.taken.update(left.tolist())
        return np.concatenate([np.array(found, np.int64), left])

    def take_adults(self, country: int, count: int, *, in_bank: float = 0.0) -> Ints:
        """Main accounts of adults of a country: wallets where people have them, a share in banks."""
        kinds = Kind.BANK if self.rng.random() < in_bank else Kind.WALLET
        pool = self.world.accounts(kinds, country=country, adult=True)
        return self.take(pool if len(pool) >= count else self.world.accounts(Kind.BANK, Kind.WALLET, country=country, adult=True), count)

    def renew(self, accounts: Ints, day: int) -> None:
        """Let accounts be opened some days before that day of the world."""
        self.world.opened_day[accounts] = self.clock.first_day + day - self.rng.integers(3, 20, len(accounts))
