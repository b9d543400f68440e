"""Which texts of a column were seen before, and a small number for each: what keeps a value from being looked at twice."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.compiled import pays
from bakau_ingest.spans import Spans
from bakau_ingest.texts import octets_of, offsets_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.texts import Texts

    Codes = npt.NDArray[np.int32]


class KnownTexts(Protocol):
    """Distinct texts, numbered from 0 in the order in which they were first given."""

    def __len__(self) -> int:
        """How many are known."""

    def look_up(self, texts: Texts) -> tuple[Codes, pa.StringArray]:
        """The number of each value, and those of them that were new, in order of their numbers."""


def know_texts(count: int) -> KnownTexts:
    """An empty collection, for columns of about `count` values a chunk."""
    return HashedTexts(count // 2) if pays(count) else ArrowTexts()


class ArrowTexts:
    """By Arrow: its hash table is built anew for every chunk."""

    def __init__(self) -> None:
        self._known: pa.StringArray = pa.array([], pa.string())

    def __len__(self) -> int:
        return len(self._known)

    def look_up(self, texts: Texts) -> tuple[Codes, pa.StringArray]:
        """See `KnownTexts`."""
        values = texts.values
        spots = pc.index_in(values, value_set=self._known)
        if not spots.null_count:
            return np.asarray(spots), self._known[:0]
        new = values.filter(spots.is_null()).dictionary_encode()
        fresh = pc.add(new.indices, pa.scalar(len(self._known), pa.int32()))
        self._known = pa.concat_arrays([self._known, new.dictionary])
        return np.asarray(pc.replace_with_mask(spots, spots.is_null(), fresh)), new.dictionary


class HashedTexts:
    """By a hash table that stays between the chunks (compiled). A text is known by 96 bits of a hash keyed anew for every file:
    no file can aim at it, and two of ten million texts fall together once in 10^15 files.
    """

    def __init__(self, slots: int = 1 << 12) -> None:
        from bakau_ingest.known_texts_numba import make_slots

        self._key = np.frombuffer(secrets.token_bytes(16), np.uint64)
        self._slots = make_slots(slots)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def look_up(self, texts: Texts) -> tuple[Codes, pa.StringArray]:
        """See `KnownTexts`."""
        from bakau_ingest.known_texts_numba import grow, look_up

        spans = _spans_of(texts)
        codes, fresh = np.empty(len(spans), np.int32), np.empty(len(spans), np.int32)
        before, done = self._count, 0
        while done < len(spans):  # the kernel stops where the table has to grow
            if 2 * self._count >= len(self._slots):
                self._slots = grow(self._slots)
            done, self._count = look_up(
                self._key, spans.octets, spans.begins, spans.ends, codes, fresh, done, self._slots, self._count, before
            )
        return codes, spans.take(fresh[: self._count - before]).to_array()


def _spans_of(texts: Texts) -> Spans:
    if texts.spans is not None:
        return texts.spans
    offsets = offsets_of(texts.values)
    return Spans(octets_of(texts.values), offsets[:-1], offsets[1:])
