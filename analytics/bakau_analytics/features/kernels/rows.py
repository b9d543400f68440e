"""What kernels say, block by block, put together as the table that SQL would have made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.features.kernels.windows import NONE, DeclinedError

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_analytics.features.kernels.journal import Journal

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


def nullable(values: Ints, divisor: int) -> Ints:
    """The values in units of the divisor; those that are NONE stay so."""
    return np.where(values == NONE, NONE, values // divisor)


class Rows:
    """Rows as columns of integers; the columns named here hold numbers of accounts, `currency` those of currencies. NONE is null."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._parts: list[dict[str, Ints]] = []

    def add(self, use: Flags, **columns: npt.NDArray[np.integer]) -> None:
        """The rows of some groups, without those not in use."""
        self._parts.append({name: values[use].astype(np.int64, copy=False) for name, values in columns.items()})

    def finish(self, journal: Journal, *, ranked_by: tuple[str, ...] = ()) -> pa.Table:
        """The table. With `place` where the rows are ranked for those keys: 1 for the currency with the largest `n`, of several the first
        by its code. DeclinedError when there is no row.
        """
        found = dict(self.columns)
        if ranked_by:
            found["place"] = _places(found, ranked_by)
        return pa.table({name: self._column(name, values, journal) for name, values in found.items()})

    def finish_first(self, journal: Journal, ranked_by: tuple[str, ...]) -> pa.Table:
        """The keys and `value` of the rows whose `place` would be 1."""
        found = self.columns
        first = _places(found, ranked_by) == 1
        return pa.table({name: self._column(name, found[name][first], journal) for name in (*ranked_by, "value")})

    @cached_property
    def columns(self) -> dict[str, Ints]:
        """What was added, whole. DeclinedError when there is no row."""
        if not self._parts:
            raise DeclinedError
        return {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}

    def _column(self, name: str, values: Ints, journal: Journal) -> pa.Array:
        if name in self._keys:
            return journal.keys.take(pa.array(values))
        if name == "currency":
            return journal.currencies.take(pa.array(values))
        missing = values == NONE
        return pa.array(values, mask=missing if missing.any() else None)


def _places(found: dict[str, Ints], keys: tuple[str, ...]) -> Ints:
    """Rows stand by keys, then by currency, so that only those of keys with several currencies need sorting."""
    begins = np.ones(len(found["n"]), np.bool_)
    begins[1:] = np.any([found[key][1:] != found[key][:-1] for key in keys], axis=0)
    group = np.cumsum(begins)
    place = np.ones(len(group), np.int64)
    several = np.flatnonzero(~(begins & np.append(begins[1:], True)))
    order = several[np.lexsort((-found["n"][several], group[several]))]
    turn = np.arange(len(order))
    place[order] = turn - np.maximum.accumulate(np.where(begins[several], turn, 0)) + 1
    return place
