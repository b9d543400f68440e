"""Whom an account ever paid, one row per other account and currency, as it lies packed in two texts beside the account.

`payees`: every pair, in order of payee and currency; `repeats`: what pairs of several transfers need besides, in the same order. Both are base64
of whole rows, so that texts put together are one text, and a walk reads one property in place of a relationship a pair.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.neo4j.packs import KEY_LETTERS, hash_of, letters_of, may_name, words_of
from bakau_graph.network.answers import LINKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]
    Letters = npt.NDArray[np.uint8]
    Rows = npt.NDArray[np.void]

#: A pair: the payee, the time of the newest transfer, the sum (`NO_AMOUNT`: none), the hash of the currency, whether of several transfers.
#: Of one transfer its sum is also the largest amount and its newest time the oldest. A multiple of three bytes, as base64 wants it.
_PAIR = np.dtype([("payee", ">i8"), ("last_us", ">i8"), ("total", ">i8"), ("currency", ">i8"), ("several", "u1")])
_REPEAT = np.dtype([("n", ">u4"), ("nulls", ">u4"), ("largest", ">i8"), ("first_us", ">i8")])


#: Letters that hold the payee and the newest time, and the beginning of the sum.
_PAYEE_AND_LAST = 24
_NO_NUMBERS = ("currency", "is_partial")
_LETTERS, _REPEAT_LETTERS = _PAIR.itemsize // 3 * 4, _REPEAT.itemsize // 3 * 4
#: The last letter of a pair of several transfers.
_SEVERAL = ord("B")


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs: who paid, and the letters of each, which are read when asked for; and those of one more row for each pair of several transfers."""

    payer: Ints
    letters: Letters
    repeats: Letters

    @classmethod
    def of_texts(cls, keys: Sequence[int], payees: Sequence[str], repeats: Sequence[str]) -> Self:
        """What is packed of some accounts."""
        payer = np.repeat(np.array(keys, np.int64), np.fromiter(map(len, payees), np.int64, len(payees)) // _LETTERS)
        return cls(payer, letters_of(payees, _LETTERS), letters_of(repeats, _REPEAT_LETTERS))

    @classmethod
    def of_table(cls, found: pa.Table) -> Self:
        """Pairs as the archive or the relationships have them: src_key, dst_key, currency, n, sum_minor, max_minor, null_amounts, first_us, last_us."""
        codes = found["currency"].combine_chunks().dictionary_encode()
        hashes = np.array([hash_of(code) for code in codes.dictionary.to_pylist()], np.int64)
        column = {
            name: pc.fill_null(found[name], int(NO_AMOUNT)).to_numpy()
            for name in ("src_key", "dst_key", "n", "sum_minor", "max_minor", "null_amounts", "first_us", "last_us")
        }
        several = column["n"] > 1
        rows = np.empty(len(found), _PAIR)
        rows["payee"], rows["last_us"], rows["total"] = (column[name] for name in ("dst_key", "last_us", "sum_minor"))
        rows["currency"], rows["several"] = hashes[codes.indices.to_numpy()] if len(found) else 0, several
        repeats = np.empty(np.count_nonzero(several), _REPEAT)
        for name, of in (("n", "n"), ("nulls", "null_amounts"), ("largest", "max_minor"), ("first_us", "first_us")):
            repeats[name] = column[of][several]
        return cls(column["src_key"], _written(rows), _written(repeats))

    @property
    def rows(self) -> Rows:
        """The rows, read."""
        return np.frombuffer(binascii.a2b_base64(self.letters.tobytes()), _PAIR)

    def payee_and_last(self) -> tuple[Ints, Ints]:
        """Payees and times of the newest transfers; a third of the time of reading all of each row."""
        first, second, third = words_of(self.letters[:, :_PAYEE_AND_LAST])
        payee, last = first << np.uint64(16) | second >> np.uint64(32), second << np.uint64(32) | third >> np.uint64(16)
        return payee.view(np.int64), last.view(np.int64)

    def may_pay(self, keys: Ints) -> Flags:
        """Which pairs may be with one of these payees."""
        return may_name(self.letters[:, :KEY_LETTERS], keys)

    def where(self, chosen: Flags) -> Pairs:
        """Some of them."""
        return Pairs(self.payer[chosen], _some(self.letters, chosen), _some(self.repeats, chosen[self._several]))

    def of_currency(self, currency: str | None) -> Pairs:
        """Those of a currency; all when it is None."""
        return self if currency is None else self.where(self.rows["currency"] == hash_of(currency))

    def texts(self, most: int | None) -> pa.Table:
        """Pairs in order of payer, payee and currency as (account_key, payees, repeats); without those who paid more than `most`, if given."""
        begin = np.flatnonzero(np.concatenate([[True], self.payer[1:] != self.payer[:-1]])) if len(self.payer) else np.empty(0, np.int64)
        ends = np.append(begin, len(self.payer))
        repeats_before = np.concatenate([[0], np.cumsum(self._several, dtype=np.int64)])
        table = pa.table(
            {
                "account_key": self.payer[begin],
                "payees": _texts(self.letters, ends),
                "repeats": _texts(self.repeats, repeats_before[ends]),
            }
        )
        return table if most is None else table.filter(pa.array(np.diff(ends) <= most))

    def figures(self) -> Figures:
        """What they say, in the order they are in."""
        rows, several = self.rows, self._several
        total, last, payee, currency = (rows[name].astype(np.int64) for name in ("total", "last_us", "payee", "currency"))
        repeats = np.frombuffer(binascii.a2b_base64(self.repeats.tobytes()), _REPEAT)
        count, largest, nulls, first = np.ones(len(total), np.int64), total.copy(), (total == NO_AMOUNT).astype(np.int64), last.copy()
        for column, name in ((count, "n"), (largest, "largest"), (nulls, "nulls"), (first, "first_us")):
            column[several] = repeats[name]
        return Figures(self.payer, payee, currency, count, total, largest, nulls, first, last, np.zeros(len(total), np.bool_))

    @property
    def _several(self) -> Flags:
        """Which pairs are of several transfers: what the last letter says."""
        several: Flags = self.letters[:, -1] == _SEVERAL
        return several


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Pairs in numbers: as LINKS, the currency by its hash, `NO_AMOUNT` for what is not stated."""

    payer: Ints
    payee: Ints
    currency: Ints
    n: Ints
    total: Ints
    largest: Ints
    nulls: Ints
    first_us: Ints
    last_us: Ints
    is_partial: Flags

    @classmethod
    def of_links(cls, links: pa.Table) -> Self:
        """LINKS in numbers."""
        codes = links["currency"].combine_chunks().dictionary_encode()
        hashes = np.array([hash_of(code) for code in codes.dictionary.to_pylist()], np.int64)
        numbers = {name: pc.fill_null(links[name], int(NO_AMOUNT)).to_numpy() for name in links.column_names if name not in _NO_NUMBERS}
        numbers["currency"], numbers["is_partial"] = hashes[codes.indices.to_numpy()], links["is_partial"].to_numpy()
        return cls(*(numbers[name] for name in LINKS.names))

    def where(self, chosen: Flags | Ints) -> Figures:
        """Some of them, or all in another order."""
        return Figures(*(getattr(self, name)[chosen] for name in _FIGURES))

    def __add__(self, other: Figures) -> Figures:
        """These and then the other."""
        return Figures(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _FIGURES))

    def links(self, codes: Sequence[str], code: Ints) -> pa.Table:
        """As links; `code`: the place of each currency among the codes."""
        return pa.Table.from_arrays(
            [
                pa.array(self.payer),
                pa.array(self.payee),
                pa.array(codes, pa.string()).take(pa.array(code)),
                pa.array(self.n),
                pa.array(self.total, mask=self.total == NO_AMOUNT),
                pa.array(self.largest, mask=self.largest == NO_AMOUNT),
                pa.array(self.nulls),
                pa.array(self.first_us),
                pa.array(self.last_us),
                pa.array(self.is_partial),
            ],
            schema=LINKS,
        )


_FIGURES = tuple(each.name for each in fields(Figures))


def _some(letters: Letters, chosen: Flags) -> Letters:
    """Some rows of letters, each copied as a whole."""
    width = letters.shape[1]
    some: Letters = letters.view(f"V{width}")[chosen, 0].view(np.uint8).reshape(-1, width)
    return some


def _written(rows: Rows) -> Letters:
    """Rows in letters."""
    return np.frombuffer(binascii.b2a_base64(rows.tobytes(), newline=False), np.uint8).reshape(-1, rows.dtype.itemsize // 3 * 4)


def _texts(letters: Letters, ends: Ints) -> pa.Array:
    """One text per stretch of rows, cut from the text of all; null where there are none."""
    offsets = pa.py_buffer(np.ascontiguousarray(ends * letters.shape[1], np.int64))
    texts = pa.LargeStringArray.from_buffers(len(ends) - 1, offsets, pa.py_buffer(letters.tobytes()))
    return pc.if_else(pa.array(np.diff(ends) > 0), texts, None)
