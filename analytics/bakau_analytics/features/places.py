"""Where the keys of a grain stand among the rows of a feature: found once for all features whose rows have the same keys in the same order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

#: Features come from few steps, each with rows for both directions: so many orders of rows are remembered.
_REMEMBERED = 2


class Places:
    """The keys of a grain, one column or several, sorted by them; `find` says where each stands in other rows."""

    def __init__(self, keys: Sequence[pa.Array]) -> None:
        self._keys = list(keys)
        self._values = [pc.unique(column).sort() for column in keys] if len(keys) > 1 else []
        self._codes = self._code(self._keys)
        self._found: deque[tuple[Sequence[pa.Array], pa.Array | None]] = deque(maxlen=_REMEMBERED)

    def find(self, own: Sequence[pa.Array]) -> pa.Array | None:
        """The place of each key among these rows (no two alike), null where it is not there; None when the rows are the keys."""
        for rows, place in self._found:
            if all(one.equals(other) for one, other in zip(rows, own, strict=True)):
                return place
        self._found.append((own, self._search(own)))
        return self._found[-1][1]

    def _search(self, own: Sequence[pa.Array]) -> pa.Array | None:
        if all(one.equals(other) for one, other in zip(self._keys, own, strict=True)):
            return None
        codes = self._code(own)
        if not len(codes):
            return pa.nulls(len(self._codes), pa.int64())
        order = None if (codes[1:] > codes[:-1]).all() else np.argsort(codes)
        in_order = codes if order is None else codes[order]
        spot = np.searchsorted(in_order, self._codes).clip(max=len(in_order) - 1)
        return pa.array(spot if order is None else order[spot], mask=in_order[spot] != self._codes)

    def _code(self, columns: Sequence[pa.Array]) -> Ints:
        """One number for the keys of a row, in their order; -1 where one of them is in no row of the grain."""
        if len(columns) == 1:
            alone: Ints = columns[0].to_numpy()
            return alone
        code, known = np.zeros(len(columns[0]), np.int64), np.ones(len(columns[0]), np.bool_)
        for values, column in zip(self._values, columns, strict=True):
            rank = pc.fill_null(pc.index_in(column, value_set=values), -1).to_numpy()
            code, known = code * len(values) + rank, known & (rank >= 0)
        return np.where(known, code, -1)
