"""In which order steps are made, features computed and steps dropped again, so that no row is kept longer than needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau.times import DAY_US
from bakau_analytics.features.catalogue import load_steps
from bakau_analytics.flow import BEGINNING_US

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bakau_analytics.features.catalogue import Feature, Step


@dataclass(frozen=True, slots=True)
class Clock:
    """The scored instant and the scored period (since, as of]: nothing after `as_of_us` is seen, peaks are looked for inside the period."""

    as_of_us: int
    since_us: int = BEGINNING_US

    @classmethod
    def of_day(cls, day: int) -> Clock:
        """The clock of one UTC day, counted from 1970-01-01: everything known by its last microsecond."""
        return cls(as_of_us=(day + 1) * DAY_US - 1, since_us=day * DAY_US - 1)

    def first_us(self, features: Sequence[Feature]) -> int:
        """The first instant whose payments these features need for this period; a day earlier than their reach for dates alone.

        InputError for a feature that looks at everything there is.
        """
        unbounded = [feature.name for feature in features if feature.reach_days is None]
        if unbounded:
            raise InputError(f"no bounded window: {', '.join(unbounded)}", hint="compute these over the whole archive")
        return self.since_us - DAY_US * (1 + max((feature.reach_days or 0 for feature in features), default=0))


class Act(StrEnum):
    """What to do next."""

    MAKE = "make"
    COMPUTE = "compute"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Query:
    """Anything that is computed from steps: a feature, or the rows of a grain."""

    name: str
    steps: tuple[str, ...]


def plan(queries: Sequence[Query], given: Collection[str] = ()) -> list[tuple[Act, str]]:
    """Acts in order: each step before what reads it, each query as soon as its steps are there, each step dropped after its last reader.

    Steps that are `given` are there already: they are not made and read nothing, but are dropped like the others.
    """
    steps = {name: replace(step, reads=()) if name in given else step for name, step in load_steps().items()}
    wanted = wanted_steps(queries, given)
    acts: list[tuple[Act, str]] = []
    made = {name for name in given if name in steps}
    left = {query.name: query for query in queries}
    waiting = [name for name in steps if name in wanted and name not in made]
    while left or waiting:
        for query in [query for query in left.values() if set(query.steps) <= made]:
            acts.append((Act.COMPUTE, query.name))
            del left[query.name]
        needed = {name for query in left.values() for name in query.steps} | {read for name in waiting for read in _close({name}, steps)}
        stays = _close(needed, {name: step for name, step in steps.items() if not step.is_table})
        for name in [name for name in reversed(steps) if name in made and name not in stays]:
            acts.append((Act.DROP, name))
            made.discard(name)
        if waiting:
            name = waiting.pop(0)
            acts.append((Act.MAKE, name))
            made.add(name)
    acts += [(Act.DROP, name) for name in reversed(steps) if name in made]
    return acts


def wanted_steps(queries: Sequence[Query], given: Collection[str] = ()) -> set[str]:
    """The steps that these queries read, directly or through others, where those `given` read nothing."""
    return _close({name for query in queries for name in query.steps}, {n: s for n, s in load_steps().items() if n not in given})


def _close(names: set[str], steps: dict[str, Step]) -> set[str]:
    """The steps with these names and all that they read, as far as `steps` knows."""
    found = set(names)
    more = set(names)
    while more:
        more = {read for name in more if name in steps for read in steps[name].reads} - found
        found |= more
    return found
