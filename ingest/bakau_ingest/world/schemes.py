"""Planted networks: live-stream facilitators with shared consumers, sweeps of children's accounts, mule chains, circles.

Only payments are modelled, by published figures where there are any. Every network keeps its own truth: who plays which part, and which
accounts are its receiving core.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world.lookalikes import pick_foreign
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.payments import Payments
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

#: Payments per consumer and facilitator: round(lognormal(0.60, 1.95)), at least 1: a fit to the AIC's 256 senders [M], cut at 40 (ours).
PAYMENTS_MU, PAYMENTS_SIGMA, PAYMENTS_MOST = 0.60, 1.95, 40
#: Sums in the payer's currency: EUR 45 in the middle, 10-200 for 95 %, even amounts: FATF 2025 [V], fit [M].
AMOUNT_MU, AMOUNT_SIGMA = np.log(45), 0.75
STEPS = np.array([5, 10, 20, 25, 50])
#: Share of payments between 21:00 and 04:00 of the sender's time: "late night / early morning" is FATF's [V], 55 % is ours [D].
NIGHT_SHARE = 0.55
#: Buyers per facilitator: 1 + negative binomial, mean 10 [D]; receivers per consumer: geometric, mean 3 [D].
BUYERS_MEAN, BUYERS_SHAPE = 10, 2
#: Share of receipts cashed out within a day [D].
CASH_OUT_SHARE = 0.85
_OFFSETS = {0: 8, 1: 10, 2: -5, 3: 0}


@dataclass(slots=True)
class Planted:
    """One planted network: scheme, crime type, parts by account, which accounts are its core, and the children behind it."""

    scheme: str
    crime_type: str
    parts: dict[int, str] = field(default_factory=dict)
    core: set[int] = field(default_factory=set)
    children: list[int] = field(default_factory=list)

    def put(self, account: int, part: str, *, core: bool) -> None:
        """Give an account its part; the first one stays."""
        self.parts.setdefault(int(account), part)
        if core:
            self.core.add(int(account))


def add_live_stream(
    rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, *, through_child: bool
) -> Planted:
    """Facilitators who share consumers abroad. `through_child`: they receive on a child's account that an adult sweeps within hours."""
    day = first_us // DAY_US
    planted = Planted("live_stream_child" if through_child else "live_stream", "LSAC")
    wallets, agents = world.accounts(Kind.WALLET, country=0), world.accounts(Kind.AGENT)
    adults = rng.choice(world.adults(wallets, day), int(rng.integers(2, 5)), replace=False)
    consumers = np.unique(
        pick_foreign(rng, world, 4 + int(rng.negative_binomial(BUYERS_SHAPE, BUYERS_SHAPE / (BUYERS_SHAPE + BUYERS_MEAN))) + 4, day)
    )
    organiser = int(adults[0])
    for place, adult in enumerate(adults):
        receiving = _receiving_account(rng, world, wallets, int(adult), day, planted) if through_child else int(adult)
        planted.put(int(adult), "sweep" if through_child else "facilitator", core=True)
        buyers = consumers[rng.random(len(consumers)) < 0.7] if len(adults) > 1 else consumers
        buyers = buyers if len(buyers) >= 4 else consumers
        when, amount, payer = _sessions(rng, world, buyers, first_us, days)
        payments.add(
            payer, np.full(len(payer), receiving), when, amount, ["gift", "family support", "school fees", "medical bills"][place % 4]
        )
        for consumer in buyers:
            planted.put(int(consumer), "consumer", core=False)
        received = np.maximum(amount * _rate(world.country[payer]), 100)
        swept = when + (rng.random(len(when)) * 5 * HOUR_US).astype(np.int64) + HOUR_US // 6
        if through_child:
            payments.add(np.full(len(when), receiving), np.full(len(when), adult), swept, received * 97 // 100)
        _cash_out(rng, payments, int(adult), organiser, agents, swept, received, is_organiser=adult == organiser)
    return planted


def _receiving_account(rng: np.random.Generator, world: Population, wallets: Ints, adult: int, day: int, planted: Planted) -> int:
    """A child's account: held alone, or together with the adult who empties it."""
    child = int(rng.choice(world.children(wallets, day)))
    planted.children.append(child)
    if rng.random() < 0.5:
        world.co_holder[child] = int(world.holder[adult])
    else:
        world.guardian_of[child] = int(world.holder[adult])
    return child


def _rate(country: Ints) -> Ints:
    """Pesos for one unit of AUD, USD, GBP: round numbers of ours, only so that sums on both sides are alike."""
    return np.array([1, 38, 57, 74])[country]


def _sessions(rng: np.random.Generator, world: Population, buyers: Ints, first_us: int, days: int) -> tuple[Ints, Ints, Ints]:
    """Instants, sums (minor units of the payer's currency) and payers of the sessions of one facilitator."""
    count = np.clip(np.round(rng.lognormal(PAYMENTS_MU, PAYMENTS_SIGMA, len(buyers))), 1, PAYMENTS_MOST).astype(np.int64)
    payer = np.repeat(buyers, count)
    start = np.repeat(rng.integers(0, max(1, days - 40), len(buyers)), count)
    gap = np.concatenate([np.cumsum(rng.exponential(6, n)) for n in count]).astype(np.int64)
    date = np.minimum(start + gap, days - 2)
    night = rng.random(len(payer)) < NIGHT_SHARE
    hour = np.where(night, (21 + rng.integers(0, 7, len(payer))) % 24, rng.integers(0, 24, len(payer)))
    offset = np.array([_OFFSETS[country] for country in world.country[payer].tolist()])
    when = first_us + date * DAY_US + (hour - offset) * HOUR_US + rng.integers(0, HOUR_US, len(payer))
    step = rng.choice(STEPS, len(payer))
    amount = np.maximum(np.round(rng.lognormal(AMOUNT_MU, AMOUNT_SIGMA, len(payer)) / step), 1).astype(np.int64) * step * 100
    demand = rng.random(len(payer)) < 0.12  # now and then more is asked for within the hour
    again = np.flatnonzero(demand)
    return (
        np.concatenate([when, when[again] + HOUR_US // 2, when[again] + HOUR_US]),
        np.concatenate([amount, amount[again], amount[again]]),
        np.concatenate([payer, payer[again], payer[again]]),
    )


def _cash_out(
    rng: np.random.Generator,
    payments: Payments,
    adult: int,
    organiser: int,
    agents: Ints,
    when: Ints,
    received: Ints,
    *,
    is_organiser: bool,
) -> None:
    """Most receipts leave within a day, to a cash agent or to the organiser."""
    chosen = rng.random(len(when)) < CASH_OUT_SHARE
    out = when[chosen] + (rng.random(int(chosen.sum())) * 18 * HOUR_US).astype(np.int64) + HOUR_US
    sums = received[chosen] * 95 // 100
    to = np.full(len(out), organiser)
    if is_organiser:
        to = rng.choice(agents[:3] if len(agents) > 3 else agents, len(out))
    else:
        to = np.where(rng.random(len(out)) < 0.5, to, rng.choice(agents, len(out)))
    payments.add(np.full(len(out), adult), to, out, sums)


def add_mule_chain(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> Planted:
    """Payers who are extorted, three accounts that pass the money on within hours and keep little, cash at the end."""
    day = first_us // DAY_US
    planted = Planted("mule_chain", "FSEC")
    wallets, agents = world.accounts(Kind.WALLET, country=0), world.accounts(Kind.AGENT)
    chain = rng.choice(world.adults(wallets, day), 3, replace=False)
    payers = rng.choice(wallets, 12, replace=False)
    begin = int(rng.integers(35, max(36, days - 80)))
    for payer in payers:
        planted.put(int(payer), "payer", core=False)
        when = first_us + (begin + int(rng.integers(0, 30))) * DAY_US + int(rng.integers(0, 20)) * HOUR_US
        amount = int(rng.integers(20, 60)) * 10_000
        times = int(rng.integers(1, 4))
        for again in range(times):
            at, left = when + again * 7 * HOUR_US, int(amount * 1.3**again)
            payments.add(np.array([payer]), np.array([chain[0]]), np.array([at]), np.array([left]))
            for one, other in ((chain[0], chain[1]), (chain[1], chain[2]), (chain[2], rng.choice(agents))):
                at += int(rng.integers(HOUR_US // 4, 3 * HOUR_US))
                left = left * int(rng.integers(93, 98)) // 100
                payments.add(np.array([one]), np.array([other]), np.array([at]), np.array([left]))
    for mule in chain:
        planted.put(int(mule), "mule", core=True)
    return planted


def add_circle(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int) -> Planted:
    """Money that goes round four accounts within days, several times, a little less at each hop."""
    day = first_us // DAY_US
    planted = Planted("circle", "FSEC")
    members = rng.choice(world.adults(world.accounts(Kind.BANK, country=0), day), int(rng.integers(3, 5)), replace=False)
    for _ in range(int(rng.integers(4, 8))):
        at, left = first_us + int(rng.integers(0, max(1, days - 12))) * DAY_US, int(rng.integers(300, 900)) * 10_000
        for place, member in enumerate(members):
            payments.add(np.array([member]), np.array([members[(place + 1) % len(members)]]), np.array([at]), np.array([left]))
            at += int(rng.integers(8 * HOUR_US, 40 * HOUR_US))
            left = left * int(rng.integers(93, 99)) // 100
    for member in members:
        planted.put(int(member), "organiser", core=True)
    return planted
