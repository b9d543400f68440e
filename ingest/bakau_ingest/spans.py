"""Columns of text that still lie in the block they were read from: where each value begins and ends, before anything is copied.

Most exports are plain: no quotes, no blanks to trim, one shape of time, one of amount. Compiled loops take such a block apart in one
pass and read times, amounts and codes where they stand. Each gives up at the first byte it does not know (None), and the general way of
`texts.py`, `moments.py` and `amounts.py` reads the column instead: they decide what is right, these are only sooner there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Octets = npt.NDArray[np.uint8]
    Spots = npt.NDArray[np.int32]

#: Most different values of a coded column, and the longest of them: codes are few and short.
MOST_CODES, LONGEST_CODED = 256, 8
_QUOTE = 34
#: Bytes from which it is guessed how many records a block holds.
_GLANCE = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Value i is the bytes [begins[i], ends[i]) of `octets`: UTF-8, no white space at either end."""

    octets: Octets
    begins: Spots
    ends: Spots

    def __len__(self) -> int:
        return len(self.begins)

    def take(self, rows: npt.NDArray[np.integer]) -> Spans:
        """The spans of some rows."""
        return Spans(self.octets, self.begins[rows], self.ends[rows])

    def to_array(self) -> pa.StringArray:
        """The values, copied together."""
        from bakau_ingest.spans_numba import gather

        offsets = np.zeros(len(self) + 1, np.int32)
        np.cumsum(self.ends - self.begins, out=offsets[1:])
        text = np.empty(int(offsets[-1]), np.uint8)
        gather(self.octets, self.begins, self.ends, text)
        return pa.StringArray.from_buffers(len(self), pa.py_buffer(offsets), pa.py_buffer(text))


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A block taken apart: per wanted column its spans, and where the last whole record ends."""

    columns: dict[str, Spans]
    count: int
    consumed: int


def guess_records(block: bytes) -> int:
    """About how many records a block holds, by its beginning."""
    return block.count(b"\n", 0, _GLANCE) * max(len(block) // _GLANCE, 1)


def split_plain(
    block: bytes, begin: int, delimiter: str, fields: int, wanted: Mapping[str, int], *, quoted: bool, longest: int
) -> Plain | None:
    """The whole records from `begin` to the last line feed; None when a record needs a closer look.

    That is: a quote, NUL, a CR that ends no line, a byte that is not ASCII, an empty line, white space around a wanted value, too many or
    too few fields, a record that is too long. `wanted` is the place among the `fields` of a record of each column wanted.
    """
    from bakau_ingest.spans_numba import NO_ROOM, split

    end, mark = block.rfind(b"\n") + 1, delimiter.encode()
    if end <= begin or len(mark) != 1 or sys.byteorder != "little":
        return None
    slots = np.full(fields, -1, np.int64)
    for slot, place in enumerate(wanted.values()):
        slots[place] = slot
    octets = np.frombuffer(block, np.uint8)
    about = guess_records(block)
    for room in (about + about // 4, (end - begin) // fields):  # what the beginning lets expect, else the most there may be
        begins, ends = _make_room(len(wanted), room), _make_room(len(wanted), room)
        count = split(octets, begin, end, mark[0], _QUOTE if quoted else mark[0], slots, begins, ends, longest)
        if count != NO_ROOM:
            break
    if count < 0:
        return None
    return Plain({name: Spans(octets, begins[slot, :count], ends[slot, :count]) for slot, name in enumerate(wanted)}, count, end)


def _make_room(columns: int, records: int) -> Spots:
    """Room for places that are yet to be found, from Arrow: NumPy takes huge pages for so many, which must be cleared for every block."""
    return np.frombuffer(pa.allocate_buffer(4 * columns * records), np.int32).reshape(columns, records)


def code_values(spans: Spans) -> tuple[pa.StringArray, Spots] | None:
    """Distinct values in the order they are met, and the number of each row's; None when they are many or long."""
    from bakau_ingest.spans_numba import code

    codes, firsts = np.empty(len(spans), np.int32), np.empty(MOST_CODES, np.int32)
    count = code(spans.octets, spans.begins, spans.ends, codes, firsts)
    return None if count < 0 else (spans.take(firsts[:count]).to_array(), codes)


def read_decimals(spans: Spans, exponent: int) -> npt.NDArray[np.int64] | None:
    """Counts of 10^-exponent, 0 for empty values; None unless all are plain digits, with a point between them perhaps, that need no rounding."""
    from bakau_ingest import spans_numba

    counts = np.empty(len(spans), np.int64)
    return counts if spans_numba.read_decimals(spans.octets, spans.begins, spans.ends, exponent, counts) else None


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """ISO 8601 of one shape: microseconds as written, the hour of each, whether there is a time of day, and whether it is UTC (Z)."""

    us: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int8]
    has_time: bool
    is_utc: bool


def read_instants(spans: Spans) -> Instants | None:
    """Dates, or times to the minute, the second or finer, with or without Z; None unless all have the same shape and stand in the calendar."""
    from bakau_ingest import spans_numba

    if not len(spans):
        return None
    first = spans.octets[spans.begins[0] : spans.ends[0]].tobytes()
    is_utc, between = first.endswith(b"Z"), first[10:11]
    bare = len(first) - is_utc
    has_time = bare > ISO_LENGTHS[0]
    if bare not in ISO_LENGTHS or (between not in b"T " if has_time else is_utc):
        return None
    shape = (b"9999-99-99" + between + b"99:99:99.999999")[:bare] + b"Z" * is_utc
    least = np.array([ord("0") if byte == ord("9") else byte for byte in shape], np.uint8)
    room = np.frombuffer(shape, np.uint8) - least
    us, hour = np.empty(len(spans), np.int64), np.empty(len(spans), np.int8)
    if not spans_numba.read_instants(spans.octets, spans.begins, spans.ends, least, room, us, hour, bare):
        return None
    return Instants(us, hour, has_time, is_utc)


#: Of a date, a time to the minute, to the second, and with one to six more digits; without a zone.
ISO_LENGTHS = (10, 16, 19, 21, 22, 23, 24, 25, 26)
