"""Consumers of live-stream networks: who they are, how often they pay in all, and which facilitators they pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau_ingest.world.distributions import CONSUMER_AGES, CONSUMER_MEN
from bakau_ingest.world.gatherings import Pairs
from bakau_ingest.world.places import COUNTRIES
from bakau_ingest.world.population import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakau_ingest.world.planted import Facilitator, Stage

    Ints = npt.NDArray[np.int64]

#: Payments of one consumer are cut here; a default of ours.
MOST_PAYMENTS = 300


def assign_consumers(stage: Stage, cast: Sequence[Facilitator]) -> tuple[Pairs, Ints, Ints]:
    """Pairs of consumer and receiving account, per pair the consumer's payments in all, and the place of its facilitator in the cast.

    Facilitators have places to fill; consumers take as many as they pay facilitators, mostly next to each other, so that those of one
    network share consumers and, by `mixing`, networks share some too.
    """
    rng, habits = stage.rng, stage.habits
    places = np.repeat(np.arange(len(cast)), habits.counts("buyers_per_facilitator").draw(rng, len(cast)))
    network = np.array([one.network for one in cast])[places]
    strays = habits.mixing * rng.standard_normal(len(places)) * (rng.random(len(places)) < 0.5)
    order = np.argsort(network + strays + rng.random(len(places)) * 0.9)
    total, reach = _draw_habits(stage, 2 * len(places))
    pair = np.stack([np.repeat(np.arange(len(total)), reach)[: len(places)], places[order]])
    twice = np.ones(len(places), bool)
    twice[np.unique(pair, axis=1, return_index=True)[1]] = False
    pair[0, twice] = pair[0].max() + 1 + np.arange(int(twice.sum()))  # that place goes to somebody who pays nobody else
    consumer = pair[0]
    src = pick_consumers(stage, int(consumer.max()) + 1)[pair[0]]
    counts = _split(rng, total, pair[0])
    facing = pair[1]
    begin, end = np.array([one.begin for one in cast])[facing], np.array([one.end for one in cast])[facing]
    start = begin + (rng.random(len(src)) * 0.7 * np.maximum(end - begin - 20, 1)).astype(np.int64)
    gap = np.minimum(rng.uniform(5, 40, len(src)), np.maximum(end - start - 2, 1) / (counts * 1.35))
    night = habits.range("night_share").draw(rng, len(cast))[facing]
    receiver = np.array([one.receiver for one in cast])[facing]
    return Pairs(src, receiver, counts, start, gap, np.full(len(src), habits.shrink), night), total[pair[0]], facing


def _draw_habits(stage: Stage, places: int) -> tuple[Ints, Ints]:
    """Payments in all and facilitators of each consumer, for at least so many places."""
    rng, habits = stage.rng, stage.habits
    total = np.clip(np.round(habits.lognormal("payments_per_consumer").draw(rng, places)), 1, MOST_PAYMENTS).astype(np.int64)
    reach = np.minimum(habits.counts("receivers_per_consumer").draw(rng, places), total)
    return total, reach


def _split(rng: np.random.Generator, total: Ints, consumer: Ints) -> Ints:
    """How many of a consumer's payments go to each of their facilitators: one at least, most to a favourite."""
    weight = rng.exponential(1.0, len(consumer))
    summed = np.bincount(consumer, weight)
    counts: Ints = np.maximum(1, np.floor(total[consumer] * weight / summed[consumer])).astype(np.int64)
    first = np.unique(consumer, return_index=True)[1]
    missing = total[consumer[first]] - np.bincount(consumer, counts)[consumer[first]].astype(np.int64)
    counts[first] = np.maximum(1, counts[first] + missing)
    return counts


def pick_consumers(stage: Stage, count: int) -> Ints:
    """Bank accounts of people abroad, by corridor, age and sex as published; nobody twice where there are enough."""
    rng, world, habits = stage.rng, stage.world, stage.habits
    shares = np.array(list(habits.corridors.values()))
    country = rng.choice(len(shares), count, p=shares / shares.sum())
    age = rng.triangular(*CONSUMER_AGES, count)
    is_male = rng.random(count) < CONSUMER_MEN
    result = np.zeros(count, np.int64)
    for place, code in enumerate(habits.corridors):
        pool = world.accounts(Kind.BANK, country=COUNTRIES.index(code), adult=True)
        for sex in (True, False):
            mine = np.flatnonzero((country == place) & (is_male == sex))
            fits = pool[world.is_male[world.holder[pool]] == sex]
            fits = fits if len(fits) else pool
            fits = fits[np.argsort(world.birth_day[world.holder[fits]], kind="stable")]
            born = world.birth_day[world.holder[fits]]
            spot = np.searchsorted(born, world.first_day - (age[mine] * 365.25).astype(np.int64))
            result[mine] = fits[_apart(np.clip(spot, 0, len(fits) - 1), len(fits))]
    stage.taken.update(result.tolist())
    return result


def _apart(spots: Ints, size: int) -> Ints:
    """The places moved up to free ones, so that no two are the same while there is room."""
    order = np.argsort(spots, kind="stable")
    steps = np.arange(len(spots))
    moved = np.maximum.accumulate(spots[order] - steps) + steps
    result = np.empty_like(spots)
    result[order] = moved % size
    return result
