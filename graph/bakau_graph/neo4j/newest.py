"""What of pairs is among the newest transfers of accounts that have more than a walk looks at, as it lies packed beside them, see `packs`."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from bakau_graph.neo4j.keys import is_in, places_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from bakau_graph.neo4j.pairs import Figures

    Ints = npt.NDArray[np.int64]
    Rows = npt.NDArray[np.void]

#: Of a pair: the account on the other end, the hash of the currency, the sum (`NO_AMOUNT`: none), the largest amount, the oldest time, how many
#: transfers and how many without amount. The first row of a text is of no pair: its time is that of the oldest of the newest.
#: A multiple of three bytes, so that texts put together are one text.
ROW = np.dtype(
    [("other", ">i8"), ("currency", ">i8"), ("total", ">i8"), ("largest", ">i8"), ("first_us", ">i8"), ("n", ">u4"), ("nulls", ">u4")]
)
_LETTERS = ROW.itemsize // 3 * 4


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """One side of some accounts: whose, in order, and when the newest begin; rows of pairs that began no later, and whose each is."""

    own: Ints
    begin_us: Ints
    owner: Ints
    rows: Rows

    @classmethod
    def of_texts(cls, texts: Mapping[int, str]) -> Self:
        """What is packed of some accounts, each of which has a text."""
        keys = sorted(texts)
        own = np.array(keys, np.int64)
        rows = np.frombuffer(binascii.a2b_base64("".join(texts[key] for key in keys)), ROW)
        size = np.fromiter((len(texts[key]) // _LETTERS for key in keys), np.int64, len(keys))
        first = np.cumsum(size) - size
        return cls(own, rows["first_us"][first].astype(np.int64), np.delete(np.repeat(own, size), first), np.delete(rows, first))

    def of(self, own: Ints, other: Ints, pairs: Figures) -> Figures:
        """What of pairs between these accounts is among the newest of `own`, all of whom are here; `n` is 0 where nothing is."""
        place = self._places(own, other, pairs.currency)
        is_whole = pairs.first_us > self.begin_us[np.searchsorted(self.own, own)]
        rows = self.rows[place] if len(self.rows) else np.zeros(len(place), ROW)

        def either(whole: Ints, name: str) -> Ints:
            return np.where(is_whole, whole, rows[name].astype(np.int64))

        return replace(
            pairs,
            n=np.where(is_whole | (place >= 0), either(pairs.n, "n"), 0),
            total=either(pairs.total, "total"),
            largest=either(pairs.largest, "largest"),
            nulls=either(pairs.nulls, "nulls"),
            first_us=either(pairs.first_us, "first_us"),
        )

    def _places(self, *asked: Ints) -> Ints:
        """Places of the rows of an owner, another account and a currency; -1 where none is."""
        known = [np.unique(values) for values in asked]
        near = np.flatnonzero(is_in(self.rows["other"].astype(np.int64), known[1]))
        rows = self.rows[near]
        numbers = _numbers(known, (self.owner[near], rows["other"].astype(np.int64), rows["currency"].astype(np.int64)))
        order = np.argsort(numbers)
        place = places_in(numbers[order], _numbers(known, asked))
        return np.where(place >= 0, near[order][place], -1) if len(near) else place


def narrowed(pairs: Figures, sent: Newest, received: Newest) -> Figures:
    """What of pairs is among the newest their payer sent or the newest their payee received. Of one pair the newest are the newest on either side:
    one side holds all the other does.
    """
    by_payer = sent.of(pairs.payer, pairs.payee, pairs)
    by_payee = received.of(pairs.payee, pairs.payer, pairs)
    more = by_payer.n >= by_payee.n
    names = ("n", "total", "largest", "nulls", "first_us")
    chosen = replace(pairs, **{name: np.where(more, getattr(by_payer, name), getattr(by_payee, name)) for name in names})
    return replace(chosen, is_partial=np.ones(len(more), np.bool_)).where(chosen.n > 0)


def _numbers(known: list[Ints], columns: tuple[Ints, ...]) -> Ints:
    """One number per row of several columns, -1 where a value is not known."""
    numbers, is_known = np.zeros(len(columns[0]), np.int64), np.ones(len(columns[0]), np.bool_)
    for values, some in zip(columns, known, strict=True):
        place = places_in(some, values)
        numbers, is_known = numbers * len(some) + place, is_known & (place >= 0)
    return np.where(is_known, numbers, -1)
