"""Which records a batch holds: sorted 128-bit identities with their content keys, memory-mapped, rebuildable from the segments.

Used for one thing: to say, without reading old segments, whether a record stands already and with the same content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import pays
from bakau.files import write_octets
from bakau.ids import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    #: Row numbers, of 32 bits where that is enough.
    Order = npt.NDArray[np.unsignedinteger]

#: Ranges of first words for each row looked for: about one in so many stored rows is compared for nothing.
_RANGES = 16
#: Rows sorted together at least, where there are so many.
_PART_ROWS = 300_000


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Identities (two uint64) and content keys (int64) of a batch's records of one table, sorted by identity: `rows` (3, n) as saved."""

    rows: npt.NDArray[np.uint64]

    @property
    def high(self) -> npt.NDArray[np.uint64]:
        """First word of each identity."""
        words: npt.NDArray[np.uint64] = self.rows[0]
        return words

    @property
    def low(self) -> npt.NDArray[np.uint64]:
        """Second word of each identity."""
        words: npt.NDArray[np.uint64] = self.rows[1]
        return words

    @property
    def content(self) -> npt.NDArray[np.int64]:
        """Content key of each record."""
        keys: npt.NDArray[np.int64] = self.rows[2].view(np.int64)
        return keys

    @classmethod
    def load(cls, path: Path) -> RowIndex:
        """Map a saved index; nothing is read until it is looked at."""
        return cls(np.load(path, mmap_mode="r"))

    def _between(self, others: RowIndex) -> RowIndex:
        """The records whose first words lie between the least and the largest of the others (one at least)."""
        begin = np.searchsorted(self.high, others.high[0])
        return RowIndex(self.rows[:, begin : np.searchsorted(self.high, others.high[-1], side="right")])

    def mark_ranges(self) -> Ranges | None:
        """For `match`; None where it does not pay."""
        count = len(self.high)
        if not pays(count):
            return None
        from bakau_graph.archive.index_numba import mark_ranges

        ranges = np.zeros(1 << max((count * _RANGES - 1).bit_length() - 6, 0), np.uint64)
        skip = np.uint64(64 - max(int(self.high[0] ^ self.high[-1]).bit_length(), 1)) if count else np.uint64(0)
        mark_ranges(self.high, ranges, skip)
        return Ranges(ranges, skip)

    def match(self, others: RowIndex, ranges: Ranges | None) -> tuple[Flags, Flags]:
        """For each of the `others`, in their order: does its identity stand here, and does it stand with the same content?

        `ranges`: theirs, made once for all indexes they are looked for in.
        """
        if ranges is None:
            return self.look_up(Identity(others.low, others.high), others.content)
        from bakau_graph.archive.index_numba import match_rows

        found, same = np.zeros(len(others.high), bool), np.zeros(len(others.high), bool)
        if len(others.high):
            match_rows(others.rows, ranges.bits, ranges.skip, *np.asarray(self._between(others).rows), found, same)
        return found, same

    def look_up(self, identity: Identity, content: npt.NDArray[np.int64]) -> tuple[Flags, Flags]:
        """For each row: does its identity stand here, and does it stand with the same content?"""
        found, same = np.zeros(len(content), bool), np.zeros(len(content), bool)
        if not len(self.high) or not len(content):
            return found, same
        spot = np.searchsorted(self.high, identity.high)
        active = np.flatnonzero(spot < len(self.high))
        while len(active):
            here = spot[active]
            active = active[self.high[here] == identity.high[active]]
            here = spot[active]
            equal = self.low[here] == identity.low[active]
            found[active[equal]] = True
            same[active[equal]] |= self.content[here[equal]] == content[active[equal]]
            spot[active] += 1
            active = active[spot[active] < len(self.high)]
        return found, same


@dataclass(frozen=True, slots=True)
class Ranges:
    """A bit for each of many ranges of the first words of sorted records: does one lie in it? All words begin with the same `skip` bits."""

    bits: npt.NDArray[np.uint64]
    skip: np.uint64


class IndexWriter:
    """Writes the index of `count` records as one (3, count) array, sorted part by sorted part."""

    def __init__(self, stream: BinaryIO, count: int) -> None:
        header = {"shape": (3, count), "fortran_order": False, "descr": np.lib.format.dtype_to_descr(np.dtype(np.uint64))}
        np.lib.format.write_array_header_1_0(stream, header)
        self._stream, self._count, self._begin, self._done = stream, count, stream.tell(), 0

    def append(self, part: RowIndex) -> None:
        """The next part."""
        for place, words in enumerate(part.rows):
            self._stream.seek(self._begin + 8 * (place * self._count + self._done))
            write_octets(self._stream, words)
        self._done += len(part.high)


@dataclass(frozen=True, slots=True)
class _Dealt:
    """Rows of one part dealt to buckets by their first bits: high, low, content (n, 3) and where each stood in the part (n).

    Bucket b is the rows [ends[b], ends[b + 1]), in order of the file.
    """

    rows: npt.NDArray[np.uint64]
    origins: npt.NDArray[np.uint32]
    ends: npt.NDArray[np.int64]


class RowGatherer:
    """Identities and content keys of a batch's records as they come, and the index of them all.

    Where loops are compiled, rows are dealt to buckets while they are fresh from the chunk: 28 bytes each, and the sort then needs no copy
    of them all at once.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Identity, npt.NDArray[np.int64]]] = []
        self._waiting_rows = 0
        self._dealt: list[_Dealt] = []
        self.count = 0

    def append(self, identity: Identity, content: npt.NDArray[np.int64]) -> None:
        """Take rows in."""
        self._waiting.append((identity, content))
        self.count += len(content)
        self._waiting_rows += len(content)
        if pays(self._waiting_rows):
            self._deal()

    def sort(self) -> Iterator[tuple[RowIndex, Order]]:
        """Every row, sorted, part by part; beside each part the order: the row each entry came from, equal ones as they came. Only the count
        stays here.
        """
        if self._dealt:
            if self._waiting:
                self._deal()
            yield from self._sort_buckets()
        else:
            identity, words = self._join_waiting()
            order: Order = np.lexsort((identity.low, identity.high)).astype(self._numbers)
            yield RowIndex(np.array([identity.high[order], identity.low[order], words[order]])), order
        self._waiting, self._dealt = [], []

    @property
    def _numbers(self) -> type[np.unsignedinteger]:
        return np.uint64 if self.count >> 32 else np.uint32

    def _join_waiting(self) -> tuple[Identity, npt.NDArray[np.uint64]]:
        parts = self._waiting
        if len(parts) == 1:
            return parts[0][0], parts[0][1].view(np.uint64)
        content = np.concatenate([part for _, part in parts] or [np.empty(0, np.int64)])
        return join_identities(identity for identity, _ in parts), content.view(np.uint64)

    def _deal(self) -> None:
        from bakau_graph.archive.index_numba import BUCKETS, deal_rows

        identity, words = self._join_waiting()
        self._waiting, self._waiting_rows = [], 0
        rows, origins = np.empty((len(words), 3), np.uint64), np.empty(len(words), np.uint32)
        ends = np.zeros(BUCKETS + 1, np.int64)
        deal_rows(identity.high, identity.low, words, rows, origins, ends)
        self._dealt.append(_Dealt(rows, origins, ends))

    def _sort_buckets(self) -> Iterator[tuple[RowIndex, Order]]:
        from bakau_graph.archive.index_numba import BUCKETS, sort_bucket

        firsts = np.cumsum([0, *(len(part.rows) for part in self._dealt)]).astype(self._numbers)
        together = max(BUCKETS // max(self.count // _PART_ROWS, 1), 1)
        for first in range(0, BUCKETS, together):
            ends = [(part.ends[first], part.ends[min(first + together, BUCKETS)]) for part in self._dealt]
            count, begin = int(sum(end - start for start, end in ends)), 0
            rows, order = np.empty((3, count), np.uint64), np.empty(count, self._numbers)
            for bucket in range(first, min(first + together, BUCKETS)):
                spans = [slice(part.ends[bucket], part.ends[bucket + 1]) for part in self._dealt]
                among = np.concatenate([part.rows[span] for part, span in zip(self._dealt, spans, strict=True)])
                origins = [part.origins[span] + before for part, span, before in zip(self._dealt, spans, firsts, strict=False)]
                sort_bucket(among, np.concatenate(origins), rows, order, begin)
                begin += len(among)
            yield RowIndex(rows), order


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of each record of a batch, in the order of its index."""

    duplicate: Flags
    conflict: Flags
    overlap: Flags


def judge(index: RowIndex, stored: Sequence[RowIndex], *, corrects: bool, merges: bool) -> Standing:
    """Duplicates, conflicts and overlaps of new records against the stored ones and against each other; equal ones as they came.

    `corrects`: the source declares that a later record corrects an earlier one (no conflict then). `merges`: rows of this table
    are merged column by column anyway (everything but transfers), so other content is never a conflict.
    """
    count = len(index.high)
    found, same = np.zeros(count, bool), np.zeros(count, bool)
    ranges = index.mark_ranges() if stored else None
    for one in stored:
        index_found, index_same = one.match(index, ranges)
        found |= index_found
        same |= index_same
    lead, like_lead = _leads(index)
    duplicate = same | (~lead & like_lead)
    differs = ~duplicate & (found | ~lead)
    conflict = np.zeros(count, bool) if corrects or merges else differs
    return Standing(duplicate, conflict, found | ~lead)


def _leads(index: RowIndex) -> tuple[Flags, Flags]:
    """For each row: is it the first of its identity among these rows, and has it the content of that first row?"""
    count = len(index.high)
    first = np.ones(count, bool)
    first[1:] = (index.high[1:] != index.high[:-1]) | (index.low[1:] != index.low[:-1])
    if first.all():
        return first, first
    lead_content = index.content[np.maximum.accumulate(np.where(first, np.arange(count), 0))]
    return first, index.content == lead_content


def join_identities(parts: Iterable[Identity]) -> Identity:
    """Identities of several chunks as one."""
    rows = list(parts)
    none = [np.empty(0, np.uint64)]
    return Identity(low=np.concatenate([part.low for part in rows] or none), high=np.concatenate([part.high for part in rows] or none))
