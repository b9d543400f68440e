"""Which records a batch holds: sorted 128-bit identities with their content keys, memory-mapped, rebuildable from the segments.

Used for one thing: to say, without reading old segments, whether a record stands already and with the same content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import pays
from bakau.ids import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    #: Row numbers, of 32 bits where that is enough.
    Order = npt.NDArray[np.unsignedinteger]

#: Ranges of first words for each row looked for: about one in so many stored rows is compared for nothing.
_RANGES = 16
#: Words written at once: for 2 MB and more Linux looks for huge pages, which took ten times as long to find as they took to fill.
_PIECE = 1 << 15


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

    def save(self, path: Path) -> None:
        """Write as one (3, n) array, piece by piece."""
        with path.open("wb") as stream:
            np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(self.rows))
            words = self.rows.reshape(-1)
            for begin in range(0, len(words), _PIECE):
                stream.write(words[begin : begin + _PIECE].data)

    @classmethod
    def load(cls, path: Path) -> RowIndex:
        """Map a saved index; nothing is read until it is looked at."""
        return cls(np.load(path, mmap_mode="r"))

    def mark_ranges(self) -> npt.NDArray[np.uint64] | None:
        """A bit for each of many ranges of first words: does one of these lie in it? For `match`; None where it does not pay."""
        count = len(self.high)
        if not pays(count):
            return None
        from bakau_graph.archive.index_numba import mark_ranges

        ranges = np.zeros(1 << max((count * _RANGES - 1).bit_length() - 6, 0), np.uint64)
        mark_ranges(self.high, ranges)
        return ranges

    def match(self, others: RowIndex, ranges: npt.NDArray[np.uint64] | None) -> tuple[Flags, Flags]:
        """For each of the `others`, in their order: does its identity stand here, and does it stand with the same content?

        `ranges`: theirs, made once for all indexes they are looked for in.
        """
        if ranges is None:
            return self.look_up(Identity(others.low, others.high), others.content)
        from bakau_graph.archive.index_numba import match_rows

        found, same = np.zeros(len(others.high), bool), np.zeros(len(others.high), bool)
        match_rows(others.rows, ranges, np.asarray(self.rows), found, same)
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

    def sort(self) -> tuple[RowIndex, Order]:
        """Every row, sorted; beside them the order: the row each entry came from, equal ones as they came. Only the count stays here."""
        rows = np.empty((3, self.count), np.uint64)
        order: Order = np.empty(self.count, np.uint64) if self.count >> 32 else np.empty(self.count, np.uint32)
        if self._dealt:
            self._deal()
            self._sort_buckets(rows, order)
        else:
            identity, words = self._join_waiting()
            order[:] = np.lexsort((identity.low, identity.high))
            rows[:] = identity.high[order], identity.low[order], words[order]
        self._waiting, self._dealt = [], []
        return RowIndex(rows), order

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

    def _sort_buckets(self, rows: npt.NDArray[np.uint64], order: Order) -> None:
        from bakau_graph.archive.index_numba import BUCKETS, sort_bucket

        firsts = np.cumsum([0, *(len(part.rows) for part in self._dealt)]).astype(order.dtype)
        begin = 0
        for bucket in range(BUCKETS):
            spans = [slice(part.ends[bucket], part.ends[bucket + 1]) for part in self._dealt]
            among = np.concatenate([part.rows[span] for part, span in zip(self._dealt, spans, strict=True)])
            origins = [part.origins[span] + first for part, span, first in zip(self._dealt, spans, firsts, strict=False)]
            sort_bucket(among, np.concatenate(origins), rows, order, begin)
            begin += len(among)


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
