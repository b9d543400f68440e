"""Look for keys among many, in less time than it takes to sort them: keys are surrogates without any order, so a few mixed bits tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]
    Flags = npt.NDArray[np.bool_]

#: An odd number whose product spreads any difference over the upper bits (2**64 over the golden ratio, Knuth: Sorting and Searching, 6.4).
_MIX = np.uint64(0x9E3779B97F4A7C15)
#: Places of the table of what is looked for; of a thousand keys one in sixty others is taken for one of them, and looked at.
_BITS = 16
#: Of fewer values each is looked up. A default of ours, measured.
_FEW = 1_000


def may_be_in(values: Words, wanted: Words) -> Flags:
    """Which values may be among those wanted: all that are, and few of the others."""
    table = np.zeros(1 << _BITS, np.bool_)
    table[_mixed(wanted)] = True
    flags: Flags = table.take(_mixed(values))
    return flags


def is_in(values: Ints, wanted: Ints) -> Flags:
    """Which values are among those wanted."""
    if len(values) < _FEW:
        few: Flags = places_in(np.sort(wanted), values) >= 0
        return few
    flags = may_be_in(values.view(np.uint64), wanted.view(np.uint64))
    near = np.flatnonzero(flags)
    flags[near] = places_in(np.sort(wanted), values[near]) >= 0
    return flags


def places_in(known: Ints, values: Ints) -> Ints:
    """Places among the known, which are in order; -1 for what is not there."""
    places = np.searchsorted(known, values)
    if not len(known):
        return places - 1
    places[places == len(known)] = 0
    places[known[places] != values] = -1
    return places


def together(values: Ints) -> tuple[Ints, Ints]:
    """Places in an order in which equal values stand together, and where each value begins in it."""
    if not len(values):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bits = np.uint64(len(values).bit_length())
    sorted_words = np.sort(values.view(np.uint64) * _MIX >> bits << bits | np.arange(len(values), dtype=np.uint64))
    order = (sorted_words & ((np.uint64(1) << bits) - np.uint64(1))).view(np.int64)
    begin = _beginnings(values[order])
    words = sorted_words >> bits
    if (words[begin[1:]] == words[begin[1:] - 1]).any():  # two values that mix alike may stand among each other
        order = np.argsort(values, kind="stable")
        begin = _beginnings(values[order])
    return order, begin


def _beginnings(values: Ints) -> Ints:
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))


def _mixed(values: Words) -> Ints:
    return (values * _MIX >> np.uint64(64 - _BITS)).view(np.int64)
