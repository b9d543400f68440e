"""How the people of schemes behave in one world: the laws they follow and how often each choice is made.

The ordinary world follows `distributions`. An exam draws habits from wide priors at the moment it is made, so that nobody has seen them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bakau_ingest.world.distributions import CORRIDORS, LAW, Counts, Lognormal, Range

if TYPE_CHECKING:
    from bakau_ingest.world.distributions import Distribution

_Law = TypeVar("_Law", Lognormal, Counts, Range)


@dataclass(frozen=True, slots=True)
class Habits:
    """Laws by name (see `distributions.LAWS`), corridor weights, and choices.

    `other_account` networks receive on the account of a child, held together or of a relative; of these a share `child` on a child's.
    `mixing`: how far consumers stray from one network to others. `displaced`: networks whose accounts are closed and replaced. `in_bank`:
    receivers with a bank account instead of a wallet. `on_point`: payments at the receiver's prices. `escalation`: growth of the sums.
    """

    laws: dict[str, Lognormal | Counts | Range]
    corridors: dict[str, float]
    other_account: float = 0.6
    child: float = 0.6
    mixing: float = 1.2
    displaced: float = 0.2
    in_bank: float = 0.25
    in_indonesia: float = 0.15
    on_point: float = 0.35
    escalation: float = 0.3
    shrink: float = 0.5
    syndicate: float = 0.25
    lockdown: tuple[float, float] = (0.55, 0.85)

    def lognormal(self, name: str) -> Lognormal:
        """The law of that name."""
        return self._law(name, Lognormal)

    def counts(self, name: str) -> Counts:
        """The law of that name."""
        return self._law(name, Counts)

    def range(self, name: str) -> Range:
        """The law of that name."""
        return self._law(name, Range)

    def _law(self, name: str, kind: type[_Law]) -> _Law:
        law = self.laws[name]
        if not isinstance(law, kind):
            raise TypeError(f"{name} is no {kind.__name__}")
        return law


ORDINARY = Habits({name: distribution.law for name, distribution in LAW.items()}, CORRIDORS)


def draw_habits(seed: int) -> Habits:
    """Habits of an exam: prices, hours, corridors, lifetimes, mixing and choices from wide priors."""
    rng = np.random.default_rng([seed, 97])
    laws = {name: _stray(rng, distribution) for name, distribution in LAW.items()}
    weights = np.array(list(CORRIDORS.values()))
    weights = rng.gamma(2.0 * weights / weights.mean())
    begin = float(rng.uniform(0.1, 0.6))
    return replace(
        ORDINARY, laws=laws, corridors=dict(zip(CORRIDORS, (weights / weights.sum()).tolist(), strict=True)),
        other_account=float(rng.uniform(0.5, 0.9)), child=float(rng.uniform(0.4, 0.8)), mixing=float(rng.uniform(0.3, 3)),
        displaced=float(rng.uniform(0, 0.5)), in_bank=float(rng.uniform(0, 0.6)), in_indonesia=float(rng.uniform(0, 0.5)),
        on_point=float(rng.uniform(0, 0.8)), escalation=float(rng.uniform(-0.2, 0.8)), shrink=float(rng.uniform(0, 0.8)),
        syndicate=float(rng.uniform(0, 0.6)), lockdown=(begin, begin + float(rng.uniform(0, 0.3))),
    )  # fmt: skip


def _stray(rng: np.random.Generator, distribution: Distribution) -> Lognormal | Counts | Range:
    """The same law somewhere else: medians and means up to twice or half, shares and spans moved."""
    law, factor = distribution.law, float(np.exp(rng.uniform(-0.7, 0.7)))
    if isinstance(law, Lognormal):
        return Lognormal(law.median * factor, law.sigma * float(rng.uniform(0.7, 1.2)))
    if isinstance(law, Counts):
        return Counts(law.mean * factor, law.shape * float(rng.uniform(0.6, 1.5)))
    if law.high <= 1:
        middle = float(np.clip((law.low + law.high) / 2 + rng.uniform(-0.3, 0.3), 0.1, 0.95))
        return Range(max(0.0, middle - 0.08), min(1.0, middle + 0.05))
    return Range(law.low * factor, law.high * factor)
