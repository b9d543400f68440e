"""Mule chains, and the eight plain shapes of AMLSim (github.com/IBM/AMLSim): fan-out, fan-in, cycle, bipartite, stack, random, scatter-gather, gather-scatter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakau.times import DAY_US, HOUR_US
from bakau_ingest.world import gatherings
from bakau_ingest.world.places import PH, from_usd
from bakau_ingest.world.planted import Planted
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.world.planted import Stage

    Ints = npt.NDArray[np.int64]

SHAPES = ("fan_out", "fan_in", "cycle", "bipartite", "stack", "random", "scatter_gather", "gather_scatter")


def add_mule_chain(stage: Stage) -> Planted:
    """Payers, three or four accounts that pass the money on within hours and keep little, cash at the end."""
    rng, world, clock = stage.rng, stage.world, stage.clock
    network = Planted("mule_chain", "", "FSEC")
    chain = stage.take_adults(PH, int(rng.integers(3, 5)))
    network.put(chain, "mule", core=True)
    begin = int(rng.integers(20, max(21, clock.days - 50)))
    stage.renew(chain, begin)
    payers = stage.take(world.accounts(Kind.WALLET, country=PH), int(rng.integers(8, 15)))
    network.victims.update(payers.tolist())
    counts = rng.integers(1, 5, len(payers))
    who = np.repeat(np.arange(len(payers)), counts)
    when = clock.first_us + (begin + rng.integers(0, 40, len(who))) * DAY_US + rng.integers(0, 24 * HOUR_US, len(who))
    amount = from_usd(rng.lognormal(np.log(45), 0.8, len(who)), np.full(len(who), PH)) // 100 * 100
    stage.payments.add(payers[who], chain[0], when, amount)
    receipts = gatherings.Receipts(who, payers[who], np.full(len(who), chain[0]), when, amount)
    for mule in chain[1:]:
        receipts = gatherings.pass_on(rng, stage.payments, receipts, np.full(len(receipts.dst), mule), 0.92, (0.2, 6), 0.08)
    gatherings.pass_on(rng, stage.payments, receipts, gatherings.usual_agents(rng, world, receipts.dst), 0.9, (0.3, 12), 0.1)
    return network


def add_shape(stage: Stage, place: int) -> Planted:
    """One of AMLSim's shapes, several times over some weeks."""
    rng = stage.rng
    shape = SHAPES[place % len(SHAPES)]
    network = Planted("shape", shape, "laundering")
    count = int(rng.integers(5, 11))
    members = stage.take_adults(PH, count, in_bank=0.5)
    network.put(members, "layer", core=True)
    for _ in range(int(rng.integers(2, 6))):
        source, target, step = _edges(rng, shape, count)
        begin = stage.clock.first_us + int(rng.integers(0, max(1, stage.clock.days - 15))) * DAY_US
        when = begin + step * DAY_US + rng.integers(0, 20 * HOUR_US, len(source))
        usd = np.exp(rng.normal(np.log(120), 0.5)) * rng.uniform(0.9, 1.0, len(source)) * 0.96**step
        amount = from_usd(usd, stage.world.country[members[source]]) // 100 * 100
        stage.payments.add(members[source], members[target], when, np.maximum(amount, 100))
    return network


def _edges(rng: np.random.Generator, shape: str, count: int) -> tuple[Ints, Ints, Ints]:
    """Who pays whom at which step, among members 0 … count - 1."""
    rest = np.arange(1, count)
    half, last = count // 2, count - 1
    found: tuple[npt.NDArray[Any], ...]
    inner = np.arange(1, last)
    if shape == "fan_out":
        found = (np.zeros(last), rest, np.zeros(last))
    elif shape == "fan_in":
        found = (rest, np.zeros(last), np.zeros(last))
    elif shape == "cycle":
        found = (np.arange(count), (np.arange(count) + 1) % count, np.arange(count))
    elif shape == "bipartite":
        found = (np.repeat(np.arange(half), count - half), np.tile(np.arange(half, count), half), np.zeros(half * (count - half)))
    elif shape == "stack":
        third = max(1, count // 3)
        layers = np.minimum(np.arange(count) // third, 2)
        pairs = [(i, j) for i in range(count) for j in range(count) if layers[j] == layers[i] + 1]
        found = (np.array([i for i, _ in pairs]), np.array([j for _, j in pairs]), layers[[i for i, _ in pairs]])
    elif shape == "random":
        found = (rng.integers(0, count, 2 * count), rng.integers(0, count, 2 * count), rng.integers(0, 5, 2 * count))
    elif shape == "scatter_gather":
        found = (
            np.concatenate([np.zeros(len(inner)), inner]),
            np.concatenate([inner, np.full(len(inner), last)]),
            np.repeat([0, 1], len(inner)),
        )
    else:
        found = (np.concatenate([np.arange(1, half), np.zeros(count - half)]), np.concatenate([np.zeros(half - 1), np.arange(half, count)]), np.repeat([0, 1], [half - 1, count - half]))  # fmt: skip
    return found[0].astype(np.int64), found[1].astype(np.int64), found[2].astype(np.int64)
