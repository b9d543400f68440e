"""A column of text as it came from the file, distinct values apart from rows, so that checks look at each value once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.spans import Spans

    Flags = npt.NDArray[np.bool_]
    Codes = npt.NDArray[np.int32]
    Entry = TypeVar("Entry", bound=np.generic)

#: Bytes at which white space may begin or end: up to the blank, and whatever is not ASCII.
_BLANK = (np.arange(256) <= 0x20) | (np.arange(256) > 0x7F)


class Texts:
    """`values` (string, no nulls) and, when they are distinct values, `codes` (row → value); without codes there is one value a row.

    An empty value means that the source says nothing. `spans` says where the values stand when they were not copied yet.
    """

    __slots__ = ("_values", "codes", "spans")

    def __init__(self, values: pa.StringArray | None = None, codes: Codes | None = None, *, spans: Spans | None = None) -> None:
        self._values, self.codes, self.spans = values, codes, spans

    @property
    def values(self) -> pa.StringArray:
        """The values; from spans they are copied when they are first asked for."""
        if self._values is None:
            self._values = pa.array([], pa.string()) if self.spans is None else self.spans.to_array()
        return self._values

    @classmethod
    def of(cls, column: pa.Array) -> Texts:
        """From a string or dictionary array without nulls; outer white space goes."""
        if pa.types.is_dictionary(column.type):
            return cls(trim(column.dictionary), np.asarray(column.indices))
        return cls(trim(column))

    @classmethod
    def constant(cls, value: str, count: int) -> Texts:
        """The same value in every row."""
        return cls(pa.array([value]), np.zeros(count, np.int32))

    def __len__(self) -> int:
        if self.codes is not None:
            return len(self.codes)
        return len(self.values) if self.spans is None else len(self.spans)

    @property
    def missing(self) -> Flags:
        """Per value: is it empty?"""
        empty: Flags = lengths_of(self.values) == 0 if self.spans is None else self.spans.begins == self.spans.ends
        return empty

    def spread(self, per_value: npt.NDArray[Entry]) -> npt.NDArray[Entry]:
        """From one entry per value to one per row."""
        if self.codes is None:
            return per_value
        return np.full(len(self.codes), per_value[0]) if len(per_value) == 1 else per_value.take(self.codes)

    def take(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """The values of a few rows."""
        if self.spans is not None:
            return [str(value) for value in self.spans.take(rows).to_array().to_pylist()]
        spots = rows if self.codes is None else self.codes[rows]
        return [str(value) for value in self.values.take(pa.array(spots)).to_pylist()]

    def to_array(self) -> pa.Array:
        """A string array (one value a row) or a dictionary array; empty values become null."""
        missing = self.missing
        if self.codes is None:
            return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), self.values) if missing.any() else self.values
        gone = missing[self.codes] if missing.any() else None
        return pa.DictionaryArray.from_arrays(pa.array(self.codes, pa.int32(), mask=gone), self.values)


def offsets_of(values: pa.StringArray) -> npt.NDArray[np.int32]:
    """Where each value begins in `octets_of`, and the end of the last."""
    buffer = values.buffers()[1]
    if buffer is None or not len(values):
        return np.zeros(len(values) + 1, np.int32)
    return np.frombuffer(buffer, np.int32)[values.offset : values.offset + len(values) + 1]


def octets_of(values: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The UTF-8 bytes behind the values (bytes before the first and after the last value included: use `offsets_of`)."""
    buffer = values.buffers()[2]
    return np.empty(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)


def lengths_of(values: pa.StringArray) -> npt.NDArray[np.int32]:
    """Bytes per value."""
    return np.diff(offsets_of(values))


def first_octets(values: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The first byte of each value, 0 for empty ones."""
    return _edge_octets(values, offsets_of(values)[:-1])


def last_octets(values: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The last byte of each value, 0 for empty ones."""
    return _edge_octets(values, offsets_of(values)[1:] - 1)


def _edge_octets(values: pa.StringArray, spots: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    octets = octets_of(values)
    if not len(octets):
        return np.zeros(len(values), np.uint8)
    edge = octets[np.clip(spots, 0, len(octets) - 1)]
    return np.where(lengths_of(values) > 0, edge, 0).astype(np.uint8)


def trim(values: pa.StringArray) -> pa.StringArray:
    """The values without white space at either end; the very same array when there is none."""
    if not holds_any(values, _BLANK):
        return values
    first, last = first_octets(values), last_octets(values)
    plain = lengths_of(values) > 0
    odd = plain & (_BLANK[first] | _BLANK[last])
    return pc.utf8_trim_whitespace(values) if odd.any() else values


def used_octets(values: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The bytes of the values alone, one after the other."""
    offsets = offsets_of(values)
    return octets_of(values)[int(offsets[0]) : int(offsets[-1])]


def holds_any(values: pa.StringArray, wrong: Flags) -> bool:
    """May any byte of the values be flagged in `wrong` (256 flags)? Looks at the least and the largest byte first."""
    octets = used_octets(values)
    return bool(len(octets)) and bool(wrong[int(octets.min()) : int(octets.max()) + 1].any())


def rows_with(values: pa.StringArray, wrong: Flags) -> Flags:
    """Per value: does it hold a byte that is flagged in `wrong` (256 flags)?"""
    found = np.zeros(len(values), bool)
    if not holds_any(values, wrong):
        return found
    offsets, spots = offsets_of(values), np.flatnonzero(wrong[used_octets(values)])
    if len(spots):
        found[np.searchsorted(offsets, spots + int(offsets[0]), side="right") - 1] = True
    return found
