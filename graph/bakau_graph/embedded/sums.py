"""Exact sums of amounts per group and currency. Sums of 64-bit amounts can leave 64 bits: they are kept in two halves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.network.answers import CurrencySum

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation

    Ints = npt.NDArray[np.int64]

_HALF = 32
_LOW = (1 << _HALF) - 1
_FITS = 1 << (63 - _HALF)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """One row per (group, currency), sorted so. A sum is ``high * 2**32 + low`` with ``0 <= low < 2**32``.

    `largest` is NO_AMOUNT where nothing is stated; `first` and `last` are edge numbers.
    """

    group: Ints
    currency: Ints
    transfers: Ints
    nulls: Ints
    high: Ints
    low: Ints
    largest: Ints
    first: Ints
    last: Ints

    @property
    def fits(self) -> npt.NDArray[np.bool_]:
        """Does the sum fit 64 bits?"""
        return (self.high >= -_FITS) & (self.high < _FITS)

    @property
    def total(self) -> Ints:
        """The sums in 64 bits; meaningless where they do not fit."""
        return (self.high << _HALF) + self.low

    def row(self, place: int, currencies: tuple[str, ...]) -> CurrencySum:
        """One row for people, its sum exact whatever its size."""
        largest = int(self.largest[place])
        return CurrencySum(
            currency=currencies[int(self.currency[place])],
            transfers=int(self.transfers[place]),
            sum_minor=(int(self.high[place]) << _HALF) + int(self.low[place]),
            max_minor=None if largest == NO_AMOUNT else largest,
            null_amounts=int(self.nulls[place]),
        )


def sum_by(generation: Generation, group: Ints, edges: Ints) -> Sums:
    """Sums of the transfers `edges` (ascending within each group), by their `group` (any integers) and currency."""
    currency = generation.currency[edges].astype(np.int64)
    composite = group * max(1, len(generation.currencies)) + currency
    if not len(edges):
        none = np.empty(0, np.int64)
        return Sums(none, none, none, none, none, none, none, none, none)
    order = stable_order(composite)
    composite, edges = composite[order], edges[order]
    begin = np.flatnonzero(np.concatenate(([True], composite[1:] != composite[:-1])))
    sums = sum_groups(generation.amount[edges], begin)
    return replace(sums, group=group[order][begin], currency=currency[order][begin], first=edges[sums.first], last=edges[sums.last])


def sum_groups(amount: Ints, begin: Ints) -> Sums:
    """Sums of amounts (`NO_AMOUNT`: none stated) whose groups stand one after another and begin at these places; the group's number stands for
    group and currency, the place of an amount for its edge.
    """
    groups = np.arange(len(begin))
    if not len(begin):
        return Sums(groups, groups, groups, groups, groups, groups, groups, groups, groups)
    end = np.append(begin[1:], len(amount))
    stated = amount != NO_AMOUNT
    value = np.where(stated, amount, 0)
    low = np.add.reduceat(value & _LOW, begin)
    high = np.add.reduceat(value >> _HALF, begin) + (low >> _HALF)
    return Sums(
        group=groups,
        currency=groups,
        transfers=end - begin,
        nulls=end - begin - np.add.reduceat(stated.astype(np.int64), begin),
        high=high,
        low=low & _LOW,
        largest=np.maximum.reduceat(amount, begin),
        first=begin,
        last=end - 1,
    )


def stable_order(values: Ints) -> Ints:
    """`argsort`, equal ones in the order they stand in: value and place sorted as one number where both fit, a third of the time."""
    bits = len(values).bit_length()
    if int(values.min()) < 0 or int(values.max()) >> (63 - bits):
        return np.argsort(values, kind="stable")
    return np.sort(values << bits | np.arange(len(values))) & ((1 << bits) - 1)


def sum_all(generation: Generation, edges: Ints) -> tuple[CurrencySum, ...]:
    """Transfers taken together per currency, in order of code."""
    sums = sum_by(generation, np.zeros(len(edges), np.int64), edges)
    return tuple(sums.row(place, generation.currencies) for place in range(len(sums.group)))
