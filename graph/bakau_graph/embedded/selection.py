"""Which transfers fit a question, in the network's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.embedded.generation import NO_AMOUNT

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.network.question import Filter

    Ints = npt.NDArray[np.int64]

#: Currency code of "any"; that of a currency the network does not hold.
ANY, NONE = -1, -2


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter resolved: window of edge numbers, currency place (ANY, NONE) and minimum (NO_AMOUNT: nulls pass too)."""

    window: tuple[int, int]
    currency: int
    minimum: int

    @classmethod
    def resolve(cls, generation: Generation, question: Filter) -> Selection:
        """The selection of a filter on a generation."""
        currency = ANY
        if question.currency is not None:
            currency = generation.currencies.index(question.currency) if question.currency in generation.currencies else NONE
        minimum = int(NO_AMOUNT) if question.min_minor is None else max(question.min_minor, int(NO_AMOUNT) + 1)
        return cls(generation.edge_window(question.since_us, question.until_us), currency, minimum)

    @property
    def takes_all(self) -> bool:
        """Does every transfer of the window fit?"""
        return self.currency == ANY and self.minimum == NO_AMOUNT

    def of_currency(self, generation: Generation, edges: Ints) -> npt.NDArray[np.bool_]:
        """Which of the transfers are of the currency, whatever their amount?"""
        if self.currency == ANY:
            return np.ones(len(edges), np.bool_)
        found: npt.NDArray[np.bool_] = generation.currency[edges] == self.currency
        return found

    def fits(self, generation: Generation, edges: Ints) -> npt.NDArray[np.bool_]:
        """Which of the transfers (of the window) fit?"""
        found = self.of_currency(generation, edges)
        if self.minimum != NO_AMOUNT:
            found &= generation.amount[edges] >= self.minimum
        return found

    def count_nulls(self, generation: Generation, edges: Ints) -> int:
        """How many of the transfers are of the currency and state no amount?"""
        unstated = generation.amount[edges] == NO_AMOUNT
        return int(np.count_nonzero(unstated if self.currency == ANY else unstated & self.of_currency(generation, edges)))
