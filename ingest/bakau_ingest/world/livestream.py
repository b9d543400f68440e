"""Live-stream networks: facilitators whom consumers abroad pay, who share consumers, and of whom most receive on somebody else's account.

Only payments are modelled. More than half of the networks receive on a child's account, one held together, or a relative's, which an
adult sweeps within hours (AMLC: family operation). Some lose their accounts on the way and go on with new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.times import DAY_US
from bakau_ingest.world import gatherings
from bakau_ingest.world.consumers import assign_consumers
from bakau_ingest.world.payments import PURPOSES
from bakau_ingest.world.places import AU, EURO, ID, PH, USD, from_usd, to_usd
from bakau_ingest.world.planted import Facilitator, Planted
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.distributions import Lognormal
    from bakau_ingest.world.gatherings import Pairs, Planned
    from bakau_ingest.world.planted import Stage

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_WORDS = np.array(
    [PURPOSES.index(word) for word in ("family support", "school fees", "medical bills", "gift", "uniform", "accommodation", "")]
)
#: Consumers with more payments than this pay the sums of prolific ones: the 3 % who pay most under the published fit.
_PROLIFIC = 70


def add_live_streams(stage: Stage, count: int) -> list[Planted]:
    """That many networks, planned together because consumers pay several of them."""
    networks, facilitators = [], []
    for place in range(count):
        network = Planted("live_stream", "own_account", "LSAC")
        facilitators += _cast(stage, network, place)
        networks.append(network)
    _let_pay(stage, networks, facilitators)
    return networks


def _cast(stage: Stage, network: Planted, place: int) -> list[Facilitator]:
    """Who plays which part. Every second network at least receives on somebody else's account."""
    rng, habits = stage.rng, stage.habits
    other = place % 2 == 0 or rng.random() < 2 * habits.other_account - 1
    home = ID if rng.random() < habits.in_indonesia else PH
    network.receives_on = str(rng.choice(["child", "co_held", "relative"], p=(habits.child, (1 - habits.child) / 2, (1 - habits.child) / 2))) if other else "own"  # fmt: skip
    is_syndicate, is_displaced = rng.random() < habits.syndicate, rng.random() < habits.displaced
    network.variant = "_".join([network.receives_on, *(["syndicate"] if is_syndicate else []), *(["displaced"] if is_displaced else [])])
    adults = stage.take_adults(home, int(rng.choice([1, 2, 3, 4], p=(0.2, 0.35, 0.25, 0.2))) + is_syndicate, in_bank=habits.in_bank)
    organiser = int(adults[0]) if is_syndicate else -1
    if is_syndicate:
        network.put(organiser, "organiser", core=True)
    if network.receives_on != "own":
        stage.world.family[stage.world.holder[adults]] = stage.world.family[stage.world.holder[adults[0]]]
    cast = []
    for adult in adults[int(is_syndicate) :].tolist():
        months = float(np.clip(habits.lognormal("life_months").draw(rng, 1)[0], 2, 48))
        network.life_months.append(round(months, 1))
        life = int(months * 30)
        begin = int(rng.integers(min(0, 60 - life), max(1, stage.clock.days - 59)))
        begin, end = max(0, begin), min(stage.clock.days - 2, begin + life)
        moves_on = int(begin + (end - begin) * rng.uniform(0.35, 0.7)) if is_displaced else stage.clock.days
        receiver = _receiving(stage, network, adult, home)
        later = _receiving(stage, network, adult, home) if is_displaced else receiver
        if is_displaced and later == adult:
            later = int(stage.take_adults(home, 1, in_bank=0.5)[0])
            network.put(later, "facilitator", core=True)
        if is_displaced:
            stage.renew(np.array([later]), moves_on)
        network.put(adult, "facilitator" if receiver == adult else "sweep", core=True)
        cast.append(Facilitator(place, adult, receiver, later, moves_on, begin, end, organiser))
    return cast


def _receiving(stage: Stage, network: Planted, adult: int, home: int) -> int:
    """The account money comes to. A child's account is no part of the network: the child is a victim."""
    rng, world = stage.rng, stage.world
    if network.receives_on == "own":
        return adult
    person = int(world.holder[adult])
    is_child = network.receives_on == "child" or (network.receives_on == "co_held" and rng.random() < 0.5)
    pool = world.accounts(Kind.WALLET, country=home, adult=not is_child)
    account = int(stage.take(pool if len(pool) else world.accounts(Kind.WALLET, adult=not is_child), 1)[0])
    world.family[world.holder[account]] = world.family[person]
    if network.receives_on == "co_held":
        world.shared.append((person, account, "co_owner"))
    elif is_child and rng.random() < 0.6:
        world.shared.append((person, account, "guardian"))
    if is_child:
        network.victims.add(account)
    else:
        network.put(account, "receiver", core=True)
    return account


def _let_pay(stage: Stage, networks: list[Planted], cast: list[Facilitator]) -> None:
    rng, world = stage.rng, stage.world
    pairs, totals, facing = assign_consumers(stage, cast)
    for place, src in zip(facing.tolist(), pairs.src.tolist(), strict=True):
        networks[cast[place].network].put(src, "consumer", core=False)
    planned = gatherings.plan(rng, world, stage.clock, pairs)
    amount = _amounts(stage, pairs, planned, totals)
    mine = facing[planned.pair]
    late = planned.day >= np.array([one.moves_on for one in cast])[mine]
    pairs_dst = np.where(late, np.array([one.next_receiver for one in cast])[mine], pairs.dst[planned.pair])
    words = _WORDS[rng.integers(0, len(_WORDS), len(pairs.src))][planned.pair]
    stage.payments.add(pairs.src[planned.pair], pairs_dst, planned.ts_us, amount, words)
    value = to_usd(amount, world.country[pairs.src[planned.pair]]) * 0.97
    receipts = gatherings.Receipts(mine, pairs.src[planned.pair], pairs_dst, planned.ts_us, from_usd(value, world.country[pairs_dst]))
    demand = np.flatnonzero(rng.random(len(amount)) < 0.06)  # now and then more is asked for within the hour
    stage.payments.add(receipts.src[demand], pairs_dst[demand], planned.ts_us[demand] + DAY_US // 40, amount[demand], words[demand])
    _take_out(stage, cast, receipts)


def _amounts(stage: Stage, pairs: Pairs, planned: Planned, totals: Ints) -> Ints:
    """Sums by who pays where: the published law of that corridor; a consumer keeps to a level, sums grow on the way."""
    rng, habits, world = stage.rng, stage.habits, stage.world
    payer, receiver = world.country[pairs.src], world.country[pairs.dst]
    lockdown = (planned.day >= habits.lockdown[0] * stage.clock.days) & (planned.day < habits.lockdown[1] * stage.clock.days)
    own, each = rng.standard_normal(len(pairs.src)), rng.standard_normal(len(planned.pair))
    mixed = 0.5 * own[planned.pair] + np.sqrt(1 - 0.25) * each
    usd = np.zeros(len(planned.pair))
    at = planned.pair
    laws = [
        (np.ones(len(at), bool), habits.lognormal("php_per_payment"), USD[PH]),
        (lockdown, habits.lognormal("php_per_payment_lockdown"), USD[PH]),
        (np.isin(payer[at], EURO), habits.lognormal("eur_per_payment"), USD[EURO[0]]),
        (payer[at] == AU, habits.lognormal("aud_per_payment"), USD[AU]),
        ((payer[at] == AU) & (totals[at] > _PROLIFIC), habits.lognormal("aud_per_payment_prolific"), USD[AU]),
        (receiver[at] == ID, habits.lognormal("idr_per_payment"), USD[ID]),
    ]
    points = np.zeros((len(at), 3))
    for chosen, law, rate in laws:
        usd = np.where(chosen, law.median * np.exp(law.sigma * mixed) * rate, usd)
        points = np.where(chosen[:, None], _points(pairs.dst[at], law) * rate, points)
    usd *= np.maximum(1 + habits.escalation * (planned.place - 0.5), 0.2)
    return gatherings.price(rng, world, pairs.src[at], usd, points, rng.random(len(at)) < habits.on_point)


def _points(receivers: Ints, law: Lognormal) -> Floats:
    """Three prices of each receiver, the same whenever they are asked for: a lower one, a usual one, a higher one."""
    level = ((receivers * 2_654_435_761 % 1009) / 1009 - 0.5) * 2.4
    result: Floats = law.median * np.exp(law.sigma * (level[:, None] + np.array([-0.8, 0.1, 1.1])))
    return result


def _take_out(stage: Stage, cast: list[Facilitator], receipts: gatherings.Receipts) -> None:
    """Swept where another's account received, then to cash within a day for most, half of it to the organiser where there is one."""
    rng, habits = stage.rng, stage.habits
    adult, organiser = np.array([one.adult for one in cast]), np.array([one.organiser for one in cast])
    swept = receipts.dst != adult[receipts.pair]
    own = gatherings.Receipts(*(column[~swept] for column in (receipts.pair, receipts.src, receipts.dst, receipts.ts_us, receipts.amount)))
    other = gatherings.Receipts(*(column[swept] for column in (receipts.pair, receipts.src, receipts.dst, receipts.ts_us, receipts.amount)))
    share = habits.range("cash_out_24h").draw(rng, len(cast))
    moved = gatherings.pass_on(rng, stage.payments, other, adult[other.pair], np.minimum(share[other.pair] + 0.08, 1), (0.2, 10), 0.06)
    for part in (own, moved):
        to = gatherings.usual_agents(rng, stage.world, part.dst)
        to = np.where((organiser[part.pair] >= 0) & (rng.random(len(to)) < 0.55), organiser[part.pair], to)
        gone = gatherings.pass_on(rng, stage.payments, part, to, share[part.pair], (0.5, 20), 0.08)
        at_top = np.flatnonzero((gone.dst == organiser[gone.pair]) & (organiser[gone.pair] >= 0))
        top = gatherings.Receipts(*(column[at_top] for column in (gone.pair, gone.src, gone.dst, gone.ts_us, gone.amount)))
        gatherings.pass_on(rng, stage.payments, top, gatherings.usual_agents(rng, stage.world, top.dst), 0.7, (1, 30), 0.1)
