"""Where the keys of a grain stand among the rows of a feature: found once for all features whose rows have the same keys in the same order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From rows to the keys of a grain: for each key the place of its row, and which keys have none."""

    place: Ints
    is_missing: npt.NDArray[np.bool_]

    def take(self, values: pa.Array) -> pa.Array:
        """What a column of the rows says of each key, null where there is no row."""
        if not len(values):
            return pa.nulls(len(self.place), values.type)
        missing = self.is_missing
        if values.null_count:
            missing = missing | values.is_null().to_numpy(zero_copy_only=False)[self.place]
        return pa.array(values.fill_null(0).to_numpy()[self.place], mask=missing)


class Places:
    """The keys of a grain, one column or several, sorted by them; `find` says where each stands in other rows."""

    def __init__(self, keys: Sequence[pa.Array]) -> None:
        self._keys = list(keys)
        self._values = [pc.unique(column).sort() for column in keys] if len(keys) > 1 else []
        self._codes = self._code(self._keys)
        self._found: deque[tuple[Sequence[pa.Array], Way | None]] = deque(maxlen=_REMEMBERED)

    def find(self, own: Sequence[pa.Array]) -> Way | None:
        """The way from rows with these keys, no two alike; None when they are the keys of the grain in their order."""
        for rows, way in self._found:
            if all(one.equals(other) for one, other in zip(rows, own, strict=True)):
                return way
        same = all(one.equals(other) for one, other in zip(self._keys, own, strict=True))
        self._found.append((own, None if same else self._search(self._code(own))))
        return self._found[-1][1]

    def _search(self, codes: Ints) -> Way:
        if not len(codes):
            return Way(np.zeros(len(self._codes), np.int64), np.ones(len(self._codes), np.bool_))
        order = None if (codes[1:] > codes[:-1]).all() else np.argsort(codes)
        in_order = codes if order is None else codes[order]
        spot = np.searchsorted(in_order, self._codes).clip(max=len(in_order) - 1)
        return Way(spot if order is None else order[spot], in_order[spot] != self._codes)

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
