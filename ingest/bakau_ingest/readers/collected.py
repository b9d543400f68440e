"""Records of messages on their way to chunks: what is said of a payment by the column, what is known of its two sides once per side.

A message repeats its parties: thousands of payments of one chunk name some hundred debtors and creditors. So each different side of a
chunk becomes columns once, and a payment only says which one it is. Nothing is kept from one chunk to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_ingest.reader import Broken, Chunk
from bakau_ingest.readers.payments import HEADER, SIDE, Payment, Side, columns_of
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Record = Mapping[str, str] | Payment

#: Records in one chunk; a default of ours.
CHUNK_RECORDS = 20_000
#: What a column says where a payment says nothing.
_ELSE = {"channel": "bank"}


class _Sides:
    """One side of all payments of a chunk."""

    def __init__(self, prefix: str, wanted: set[str]) -> None:
        self._names = {f"{prefix}_{name}": name for name in SIDE if f"{prefix}_{name}" in wanted}
        self._codes: dict[Side | None, int] = {}
        self._spots: list[int] = []

    def add(self, side: Side | None) -> None:
        """That of one more payment."""
        self._spots.append(self._codes.setdefault(side, len(self._codes)))

    def take_columns(self) -> dict[str, Texts]:
        """What is known of them, by the column; then it begins anew."""
        known = [{} if side is None else columns_of(side) for side in self._codes]
        spots = pa.array(self._spots, pa.int32())
        self._codes, self._spots = {}, []
        return {column: _spread([one.get(name, "") for one in known], spots) for column, name in self._names.items()}


def _spread(values: list[str], spots: pa.Int32Array) -> Texts:
    if not any(values):
        return Texts.constant("", len(spots))
    coded = Texts.of(pa.array(values, pa.string())).values.dictionary_encode()
    return Texts(coded.dictionary, np.asarray(coded.indices.take(spots)))


class Records:
    """Collects records, of payments or of another `header`, and hands them over as chunks of columns."""

    def __init__(
        self, wanted: set[str], coded: set[str], size: int = CHUNK_RECORDS, header: tuple[str, ...] = HEADER, *, sparse: bool = False
    ) -> None:
        """`header`: the names there are; `sparse`: most records say little of them."""
        self._sides = (_Sides("debtor", wanted), _Sides("creditor", wanted)) if not sparse else None
        apart = {f"{prefix}_{name}" for prefix in ("debtor", "creditor") for name in SIDE} if self._sides else set()
        self._names = [name for name in header if name in wanted and name not in apart]
        self._sparse = sparse
        self._coded, self._size = coded, size
        self._rows: list[Mapping[str, str]] = []
        self._lines: list[int] = []
        self._broken: list[Broken] = []

    def add(self, record: Record, line: int) -> None:
        """One record and the line it begins on."""
        if isinstance(record, Payment):
            self._rows.append(record.said)
            for sides, side in zip(self._sides or (), record[1:], strict=True):
                sides.add(side)
        else:
            self._rows.append(record)
        self._lines.append(line)

    def add_broken(self, broken: Broken) -> None:
        """One record that could not be taken apart."""
        self._broken.append(broken)

    def full(self) -> Iterator[Chunk]:
        """A chunk when enough came together."""
        if len(self._lines) + len(self._broken) >= self._size:
            yield from self.rest()

    def rest(self) -> Iterator[Chunk]:
        """What has come together, if anything."""
        if not self._lines and not self._broken:
            return
        columns = {name: self._column(name, values) for name, values in self._values().items()}
        for sides in self._sides or ():
            columns |= sides.take_columns()
        yield Chunk(columns, np.array(self._lines, np.int64), tuple(self._broken))
        self._rows, self._lines, self._broken = [], [], []

    def _values(self) -> dict[str, list[str]]:
        """The column of each name; none where no record says anything of it."""
        if not self._sparse:
            held = set().union(*self._rows)
            return {name: self._of(name) if name in held else [] for name in self._names}
        found: dict[str, list[str]] = {name: [] for name in self._names}
        for place, row in enumerate(self._rows):
            for name, value in row.items():
                if value and (column := found.get(name)) is not None:
                    if not column:
                        column.extend([""] * len(self._rows))
                    column[place] = value
        return found

    def _of(self, name: str) -> list[str]:
        empty = _ELSE.get(name, "")
        return [row.get(name, empty) for row in self._rows]

    def _column(self, name: str, values: list[str]) -> Texts:
        if not values:
            return Texts.constant("" if self._sparse else _ELSE.get(name, ""), len(self._rows))
        array = pa.array(values, pa.string())
        return Texts.of(array.dictionary_encode() if name in self._coded else array)
