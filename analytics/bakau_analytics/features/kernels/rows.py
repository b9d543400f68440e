"""What kernels say, block by block, put together as the table that SQL would have made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.features.kernels.spans import NONE
from bakau_analytics.features.kernels.windows import DeclinedError

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
        every = bool(use.all())
        self._parts.append({name: (values if every else values[use]).astype(np.int64, copy=False) for name, values in columns.items()})

    def finish(self, journal: Journal, *, ranked_by: tuple[str, ...] = ()) -> pa.Table:
        """The table. With `place` where the rows are ranked for those keys: 1 for the currency with the largest `n`, of several the first
        by its code. DeclinedError when there is no row.
        """
        found = dict(self.columns)
        if ranked_by:
            found["place"] = _places(found, ranked_by)
        return pa.table({name: self._column(name, values, journal) for name, values in found.items()})

    def finish_first(self, journal: Journal, ranked_by: tuple[str, ...], names: tuple[str, ...] = ("value",)) -> pa.Table:
        """The keys and these columns of the rows whose `place` would be 1."""
        found = self.columns
        first = _places(found, ranked_by) == 1
        return pa.table({name: self._column(name, found[name][first], journal) for name in (*ranked_by, *names)})

    @cached_property
    def columns(self) -> dict[str, Ints]:
        """What was added, whole. DeclinedError when there is no row."""
        if not self._parts:
            raise DeclinedError
        if len(self._parts) == 1:
            return self._parts[0]
        return {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}

    def _column(self, name: str, values: Ints, journal: Journal) -> pa.Array:
        if name in self._keys:
            return journal.keys.take(pa.array(values))
        if name == "currency":
            return journal.currencies.take(pa.array(values))
        missing = values == NONE
        return pa.array(values, mask=missing if missing.any() else None)


def tell_both(journal: Journal, name: str, side: Ints, values: Ints) -> pa.Table:
    """One row for each account with a side among these (in order; twice its number, plus 1 when seen from the sender): what is said of
    `NAME_in` and of `NAME_out`, null where nothing is.
    """
    is_new = np.diff(side >> 1, prepend=-1) != 0
    place, found = np.cumsum(is_new) - 1, np.full((2, int(is_new.sum())), NONE)
    found[side & 1, place] = values
    rows = Rows("account_key")
    rows.add(np.ones(found.shape[1], np.bool_), account_key=(side >> 1)[is_new], **{f"{name}_in": found[0], f"{name}_out": found[1]})
    return rows.finish(journal)


def _places(found: dict[str, Ints], keys: tuple[str, ...]) -> Ints:
    """Rows stand by keys, then by currency, so that only those of keys with several currencies need sorting."""
    begins = np.ones(len(found["n"]), np.bool_)
    begins[1:] = False
    for key in keys:
        begins[1:] |= found[key][1:] != found[key][:-1]
    place = np.ones(len(begins), np.int64)
    several = np.flatnonzero(~(begins & np.append(begins[1:], True)))
    if not len(several):
        return place
    group = np.cumsum(begins)
    order = several[np.lexsort((-found["n"][several], group[several]))]
    turn = np.arange(len(order))
    place[order] = turn - np.maximum.accumulate(np.where(begins[several], turn, 0)) + 1
    return place
