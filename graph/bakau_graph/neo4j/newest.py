"""What of pairs is among the newest transfers of accounts that have more than a walk looks at, as it lies packed beside them, see `packs`."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from bakau_graph.neo4j.keys import places_in
from bakau_graph.neo4j.packs import KEY_LETTERS, letters_of, may_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from bakau_graph.neo4j.pairs import Figures

    Ints = npt.NDArray[np.int64]
    Letters = npt.NDArray[np.uint8]
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
    """What some texts say: when the newest of each begin; rows of pairs that began no later, and by number of whose text each is."""

    begin_us: Ints
    text: Ints
    rows: Rows

    @classmethod
    def of_texts(cls, texts: Sequence[str], others: Ints | None = None) -> Self:
        """What these texts say, each of which has a first row; of pairs with some other accounts, if given, and perhaps with a few more."""
        letters = letters_of(texts, _LETTERS)
        size = np.fromiter(map(len, texts), np.int64, len(texts)) // _LETTERS
        end = np.cumsum(size)
        begin = end - size
        near = np.arange(len(letters)) if others is None else np.flatnonzero(may_name(letters[:, :KEY_LETTERS], others))
        text = np.searchsorted(end, near, side="right")
        is_pair = near != begin[text]
        return cls(_read(letters[begin])["first_us"].astype(np.int64), text[is_pair], _read(letters[near[is_pair]]))

    def of(self, text: Ints, other: Ints, pairs: Figures) -> Figures:
        """What of pairs is among the newest of one of their accounts, whose text and whose other account are given; `n` is 0 where nothing is."""
        place = self._places(text, other, pairs.currency)
        is_whole = pairs.first_us > self.begin_us[text]
        rows = self.rows[place] if len(self.rows) else np.zeros(len(place), ROW)
        names = ("n", "total", "largest", "nulls", "first_us")
        found = {name: np.where(is_whole, getattr(pairs, name), rows[name].astype(np.int64)) for name in names}
        found["n"] = np.where(is_whole | (place >= 0), found["n"], 0)
        return replace(pairs, **found)

    def _places(self, text: Ints, other: Ints, currency: Ints) -> Ints:
        """Places of the rows of these pairs; -1 where none is."""
        others, currencies = np.unique(other), np.unique(currency)

        def numbers(text: Ints, other: Ints, currency: Ints) -> Ints:
            place, code = places_in(others, other), places_in(currencies, currency)
            return np.where((place >= 0) & (code >= 0), (text * len(others) + place) * len(currencies) + code, -1)

        known = numbers(self.text, self.rows["other"].astype(np.int64), self.rows["currency"].astype(np.int64))
        order = np.argsort(known)
        place = places_in(known[order], numbers(text, other, currency))
        return np.where(place >= 0, order[place], -1) if len(order) else place


def narrowed(pairs: Figures, sent: Mapping[int, str], received: Mapping[int, str]) -> Figures:
    """What of pairs is among the newest their payer sent or the newest their payee received, given as texts by account. Of one pair the newest are
    the newest on either side: one side holds all the other does.
    """
    payers, payees = np.unique(pairs.payer), np.unique(pairs.payee)
    others = np.concatenate([pairs.payee, pairs.payer])
    newest = Newest.of_texts([*map(sent.__getitem__, payers.tolist()), *map(received.__getitem__, payees.tolist())], others)
    text = np.concatenate([np.searchsorted(payers, pairs.payer), len(payers) + np.searchsorted(payees, pairs.payee)])
    found = newest.of(text, others, pairs + pairs)
    by_payer, by_payee = np.split(found.n, 2)
    chosen = found.where(np.arange(len(by_payer)) + np.where(by_payee > by_payer, len(by_payer), 0))
    return replace(chosen, is_partial=np.ones(len(by_payer), np.bool_)).where(chosen.n > 0)


def _read(letters: Letters) -> Rows:
    return np.frombuffer(binascii.a2b_base64(letters.tobytes()), ROW)
