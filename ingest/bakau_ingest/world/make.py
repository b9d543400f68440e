"""Makes a world: population, planned schemes, then block by block ordinary life and look-alikes, straight into files.

Every part and every block has a random stream of its own, so the same arguments give the same bytes whatever the machine. What is held in memory is the
population and one block, however many days and payments there are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import InputError
from bakau.progress import SilentProgress
from bakau.times import DAY_US, to_us
from bakau_ingest.world.columns import Known
from bakau_ingest.world.commerce import add_commerce, add_platform_gifts
from bakau_ingest.world.extortion import add_extortion
from bakau_ingest.world.files import Files
from bakau_ingest.world.habits import ORDINARY
from bakau_ingest.world.livestream import add_live_streams
from bakau_ingest.world.lookalikes import add_lookalikes
from bakau_ingest.world.names import account_numbers, person_names, scheme_codes
from bakau_ingest.world.ordinary import Block, add_life
from bakau_ingest.world.payments import Payments
from bakau_ingest.world.places import FIRST_DAY, make_clock
from bakau_ingest.world.planted import Planted, Stage
from bakau_ingest.world.population import make_population
from bakau_ingest.world.rails import institution_codes
from bakau_ingest.world.shapes import add_mule_chain, add_shape
from bakau_ingest.world.truth import name_of_scheme, write_truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from bakau.progress import Progress
    from bakau_ingest.world.habits import Habits
    from bakau_ingest.world.places import Clock
    from bakau_ingest.world.population import Population

    Ints = npt.NDArray[np.int64]

FEWEST_ACCOUNTS, FEWEST_DAYS, FEWEST_NETWORKS = 600, 120, 4
#: Accounts per planted network: 85 networks in 400,000 accounts; a default of ours, within the 60-90 we aim at.
ACCOUNTS_PER_NETWORK = 400_000 / 85
#: Accounts whose payments are made in one go.
BLOCK = 50_000
#: Which schemes are planted, in turn; half are live-stream networks.
TURNS = ("live", "live", "chain", "extortion", "live", "commerce", "live", "shape", "live", "extortion", "live", "platform", "live", "commerce", "live", "extortion")  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadeWorld:
    """What was written."""

    accounts: int
    transfers: int
    records: dict[str, int]
    networks: dict[str, int]
    lookalikes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `networks` None: one for about 5,300 accounts. `institution`: only what that one sees. `text`: as the rails' own files."""

    accounts: int
    seed: int
    days: int = 180
    networks: int | None = None
    habits: Habits = ORDINARY
    kind: str = "ordinary"
    text: bool = False
    institution: str | None = None
    block: int = BLOCK


def make_world(folder: Path, order: Order, *, progress: Progress | None = None) -> MadeWorld:
    """Write a world to `folder` and its truth to the sibling ``<folder>.truth``. The same order gives the same bytes.

    InputError when a folder exists already, an institution is not known, or the world would be too small to hold every scheme.
    """
    progress = progress or SilentProgress()
    truth = folder.with_name(folder.name + ".truth")
    for path in (folder, truth):
        if path.exists():
            raise InputError(f"{path} exists already", hint="choose another folder")
    if order.accounts < FEWEST_ACCOUNTS or order.days < FEWEST_DAYS:
        raise InputError(f"a world has at least {FEWEST_ACCOUNTS} accounts and {FEWEST_DAYS} days")
    streams = iter(np.random.default_rng([order.seed, 2]).spawn(8))
    clock = make_clock(to_us(FIRST_DAY), order.days)
    progress.say("population")
    world = make_population(next(streams), order.accounts, clock.first_day, order.days)
    schemes = Payments()
    planted = _plant(Stage(next(streams), world, clock, order.habits, schemes), _how_many(order))
    known = _know(next(streams), next(streams), world, clock)
    if order.institution is not None and order.institution not in known.institution_codes:
        raise InputError(f"no institution {order.institution!r} in the world", hint=f"for example {known.institution_codes[0]}")
    files = Files(folder, known, text=order.text, institution=order.institution)
    files.write_people(next(streams))
    alike: dict[str, list[Ints]] = {}
    for block, rows in _live(order, world, clock, schemes, alike):
        progress.say(f"payments of accounts {block.begin:,} to {block.end:,}")
        files.write_transfers(block.rng, rows)
    files.close({"kind": order.kind, "seed": order.seed, "days": order.days})
    lookalikes = {kind: np.unique(np.concatenate(found, axis=1), axis=1) for kind, found in sorted(alike.items())}
    networks = dict(Counter(name_of_scheme(network) for network in planted))
    write_truth(truth, next(streams), known, planted, lookalikes, _facts(order, planted, lookalikes, networks))
    return MadeWorld(
        order.accounts, files.transfers, files.records, networks, {kind: len(np.unique(found[0])) for kind, found in lookalikes.items()}
    )


def _how_many(order: Order) -> int:
    return max(FEWEST_NETWORKS, round(order.accounts / ACCOUNTS_PER_NETWORK)) if order.networks is None else order.networks


def _plant(stage: Stage, count: int) -> list[Planted]:
    """Every scheme's networks; live-stream networks together, because they share consumers."""
    turns = [TURNS[place % len(TURNS)] for place in range(count)]
    planted = add_live_streams(stage, turns.count("live"))
    for place, turn in enumerate(turns):
        if turn == "extortion":
            planted.append(add_extortion(stage))
        elif turn == "commerce":
            planted.append(add_commerce(stage))
        elif turn == "platform":
            planted.append(add_platform_gifts(stage))
        elif turn == "chain":
            planted.append(add_mule_chain(stage))
        elif turn == "shape":
            planted.append(add_shape(stage, place // len(TURNS)))
    for network in planted:  # whoever turned out to be protected elsewhere has no part
        for victim in network.victims & network.parts.keys():
            network.parts.pop(victim)
            network.core.discard(victim)
    return planted


def _know(rng: np.random.Generator, names: np.random.Generator, world: Population, clock: Clock) -> Known:
    schemes = scheme_codes(world)
    institution, codes = institution_codes(world, schemes)
    return Known(world, clock, account_numbers(rng, world), schemes, person_names(names, world.family), institution, codes)


def _live(
    order: Order, world: Population, clock: Clock, schemes: Payments, alike: dict[str, list[Ints]]
) -> Iterator[tuple[Block, dict[str, Ints]]]:
    """Block by block the payments of its accounts, those of the schemes among them, in order of time."""
    end_us = clock.first_us + clock.days * DAY_US
    planned = schemes.columns(world.opened_day, end_us)
    for place, begin in enumerate(range(0, order.accounts, order.block)):
        block = Block(np.random.default_rng([order.seed, 3, place]), world, clock, begin, min(begin + order.block, order.accounts))
        payments = Payments()
        add_life(block, payments)
        for kind, found in add_lookalikes(block, payments).items():
            before = alike.setdefault(kind, [])
            before.append(found + np.array([[0], [1 + max((int(one[1].max(initial=-1)) for one in before), default=-1)]]))
        mine = (planned["src"] >= block.begin) & (planned["src"] < block.end)
        payments.add(*(planned[name][mine] for name in ("src", "dst", "ts_us", "amount", "purpose", "group")))
        yield block, payments.columns(world.opened_day, end_us)


def _facts(order: Order, planted: list[Planted], lookalikes: dict[str, Ints], networks: dict[str, int]) -> dict[str, object]:
    everyone = {account for network in planted for account in network.parts}
    return {
        "kind": order.kind, "seed": order.seed, "accounts": order.accounts, "days": order.days, "networks": len(planted), "by_scheme": networks,
        "core": sum(len(network.core) for network in planted), "in_schemes": len(everyone),
        "in_schemes_ppm": len(everyone) * 1_000_000 // order.accounts, "lookalikes": sum(len(np.unique(found[1])) for found in lookalikes.values()),
        "life_months": [months for network in planted for months in network.life_months],
    }  # fmt: skip
