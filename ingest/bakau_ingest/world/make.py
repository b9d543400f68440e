"""Makes a world: population, ordinary life, look-alikes, schemes, files, truth; every part has a random stream of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import InputError
from bakau.progress import SilentProgress
from bakau.times import DAY_US, to_us
from bakau_ingest.world import lookalikes, ordinary, schemes
from bakau_ingest.world.files import write_world
from bakau_ingest.world.names import account_numbers, person_names
from bakau_ingest.world.payments import Payments
from bakau_ingest.world.population import make_population
from bakau_ingest.world.truth import write_truth

if TYPE_CHECKING:
    from pathlib import Path

    from bakau.progress import Progress
    from bakau_ingest.world.population import Population
    from bakau_ingest.world.schemes import Planted

#: The first day of every world; a default of ours.
FIRST_DAY = datetime(2025, 1, 6, tzinfo=UTC)
FEWEST_ACCOUNTS, FEWEST_DAYS = 600, 120


@dataclass(frozen=True, slots=True)
class MadeWorld:
    """What was written."""

    accounts: int
    transfers: int
    records: dict[str, int]
    networks: dict[str, int]
    lookalikes: dict[str, int]


def make_world(folder: Path, *, accounts: int, seed: int, days: int = 180, progress: Progress | None = None) -> MadeWorld:
    """Write a world to `folder` and its truth to the sibling ``<folder>.truth``. The same arguments give the same bytes.

    InputError when a folder exists already or the world would be too small to hold every scheme.
    """
    progress = progress or SilentProgress()
    truth = folder.with_name(folder.name + ".truth")
    for path in (folder, truth):
        if path.exists():
            raise InputError(f"{path} exists already", hint="choose another folder")
    if accounts < FEWEST_ACCOUNTS or days < FEWEST_DAYS:
        raise InputError(f"a world has at least {FEWEST_ACCOUNTS} accounts and {FEWEST_DAYS} days")
    streams = iter(np.random.default_rng([seed, 1]).spawn(16))
    first_us = to_us(FIRST_DAY)
    world = make_population(next(streams), accounts, first_us // DAY_US)
    payments = Payments()
    for add in (ordinary.add_wages, ordinary.add_shopping, ordinary.add_friends, ordinary.add_crypto):
        progress.say(add.__name__.replace("add_", "").replace("_", " "))
        add(next(streams), world, payments, first_us, days)
    alike = _add_lookalikes(next(streams), world, payments, first_us, days, accounts)
    planted = _plant(next(streams), world, payments, first_us, days, accounts)
    progress.say("files")
    columns = payments.columns()
    numbers, kinds = account_numbers(next(streams), world)
    names = person_names(next(streams), len(world.birth_day))
    records = write_world(next(streams), folder, world, columns, numbers, kinds, names, seed)
    networks = dict(Counter(network.scheme for network in planted))
    counts = {name: len(set(found)) for name, found in alike.items()}
    core = sum(len(network.core) for network in planted)
    everyone = len({account for network in planted for account in network.parts})
    write_truth(
        truth,
        planted,
        alike,
        numbers,
        kinds,
        {"accounts": accounts, "networks": len(planted), "core": core, "in_schemes": everyone, **networks},
    )
    transfers = sum(
        count for name, count in records.items() if "transfers" in name or name.startswith(("remittances", "wallet_top", "wallet_with"))
    )
    return MadeWorld(accounts, transfers, records, networks, counts)


def _add_lookalikes(
    rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, accounts: int
) -> dict[str, list[int]]:
    some = max(3, accounts // 1200)
    found = {
        "family_remittance": lookalikes.add_family_remittances(rng, world, payments, first_us, days),
        "guest_house": lookalikes.add_guest_houses(rng, world, payments, first_us, days, some),
        "home_seller": lookalikes.add_home_sellers(rng, world, payments, first_us, days, some * 2),
        "savings_circle": lookalikes.add_savings_circles(rng, world, payments, first_us, days, some),
    }
    return {name: np.asarray(members).tolist() for name, members in found.items()}


def _plant(rng: np.random.Generator, world: Population, payments: Payments, first_us: int, days: int, accounts: int) -> list[Planted]:
    """Half of the live-stream networks receive through a child's account."""
    streams = max(2, accounts // 3000)
    planted = [
        schemes.add_live_stream(rng, world, payments, first_us, days, through_child=place % 2 == 0)
        for place in range(streams + streams % 2)
    ]
    planted += [schemes.add_mule_chain(rng, world, payments, first_us, days) for _ in range(max(1, accounts // 8000))]
    planted += [schemes.add_circle(rng, world, payments, first_us, days) for _ in range(max(1, accounts // 8000))]
    return planted
