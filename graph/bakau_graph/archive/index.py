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

#: Ranges of first words for each row looked for: about one in so many stored rows is compared for nothing.
_RANGES = 16


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
    def sort(cls, identity: Identity, content: npt.NDArray[np.int64]) -> tuple[RowIndex, npt.NDArray[np.int64]]:
        """Rows in any order, sorted; beside them the order: the row each entry came from, equal ones in order of the file."""
        words, count = content.view(np.uint64), len(content)
        rows, order = np.empty((3, count), np.uint64), np.empty(count, np.int64)
        if pays(count):
            from bakau_graph.archive.index_numba import sort_rows

            sort_rows(identity.high, identity.low, words, rows, order)
        else:
            order[:] = np.lexsort((identity.low, identity.high))
            rows[:] = identity.high[order], identity.low[order], words[order]
        return cls(rows), order

    def save(self, path: Path) -> None:
        """Write as one (3, n) array."""
        with path.open("wb") as stream:
            np.save(stream, self.rows)

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
class Standing:
    """What becomes of each record of a batch, row by row."""

    duplicate: Flags
    conflict: Flags
    overlap: Flags


def judge(
    content: npt.NDArray[np.int64],
    index: RowIndex,
    order: npt.NDArray[np.int64],
    stored: Sequence[RowIndex],
    *,
    corrects: bool,
    merges: bool,
) -> Standing:
    """Duplicates, conflicts and overlaps of new records against the stored ones and against each other; `index`, `order` from `sort`.

    `corrects`: the source declares that a later record corrects an earlier one (no conflict then). `merges`: rows of this table
    are merged column by column anyway (everything but transfers), so other content is never a conflict.
    """
    found, same = np.zeros(len(content), bool), np.zeros(len(content), bool)
    ranges = index.mark_ranges() if stored else None
    for one in stored:
        index_found, index_same = one.match(index, ranges)
        if index_found.any():
            found[order] |= index_found
            same[order] |= index_same
    lead, like_lead = _leads(index, order)
    duplicate = same | (~lead & like_lead)
    differs = ~duplicate & (found | ~lead)
    conflict = np.zeros(len(content), bool) if corrects or merges else differs
    return Standing(duplicate, conflict, found | ~lead)


def _leads(index: RowIndex, order: npt.NDArray[np.int64]) -> tuple[Flags, Flags]:
    """For each row: is it the first of its identity among these rows, and has it the content of that first row?"""
    count = len(order)
    first = np.ones(count, bool)
    first[1:] = (index.high[1:] != index.high[:-1]) | (index.low[1:] != index.low[:-1])
    if first.all():
        return first, first
    lead_content = index.content[np.maximum.accumulate(np.where(first, np.arange(count), 0))]
    lead, like = np.empty(count, bool), np.empty(count, bool)
    lead[order], like[order] = first, index.content == lead_content
    return lead, like


def join_identities(parts: Iterable[Identity]) -> Identity:
    """Identities of several chunks as one."""
    rows = list(parts)
    none = [np.empty(0, np.uint64)]
    return Identity(low=np.concatenate([part.low for part in rows] or none), high=np.concatenate([part.high for part in rows] or none))
