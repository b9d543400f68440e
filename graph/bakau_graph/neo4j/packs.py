"""What a walk needs of an account with many transfers, packed into a text beside the account: one property read in place of thousands.

`newest_sent`, `newest_received`: its newest transfers on that side, as many as a walk looks at. Kept for accounts with more transfers on that
side than `PACKED_ABOVE`, and set anew whenever the account's figures are. A text is base64 of whole words, most significant byte first: the bulk
import takes texts, and a list of numbers is slower to read on either side. Whom an account ever paid is packed as well, see `pairs`.
"""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.sums import sum_groups
from bakau_graph.neo4j.keys import is_in, may_be_in
from bakau_graph.network.answers import LINKS
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Letters = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint64]

#: Accounts with more transfers on a side than a walk looks at are packed; what a walk looks at is what is packed.
PACKED_ABOVE = Bounds().per_account
#: Of an account that paid more others than these (by currency), no list is kept: the text would be megabytes. A default of ours.
MOST_PAYEES = 100_000

#: A transfer is six words: time, id (two), account on the other end, amount (`NO_AMOUNT`: none stated), currency; and the letters it takes. It is a
#: multiple of three bytes, so that texts put together are one text.
_WORDS, _LETTERS = 6, 64
#: Where the letters of the other account begin, and how many letters are compared to find a key: six of its eight bytes.
_OTHER, KEY_LETTERS = 32, 8
#: What each letter of base64 says; and how eight bytes of six bits are moved together: these bits, by so many places.
_VALUES = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", bytes(range(64)))
_CLOSE_UP = tuple(
    (np.uint64(keep), np.uint64(shift)) for keep, shift in ((0x3F003F003F003F00, 2), (0x0FFF00000FFF0000, 4), (0x00FFFFFF00000000, 8))
)
_WORD = "lpad(to_hex({}), 16, '0')"


def _newest(own: str, other: str) -> str:
    words = " || ".join(
        (
            _WORD.format("ts_us"),
            "hex(transfer_id)",
            _WORD.format(other),
            _WORD.format(f"coalesce(amount_minor, {NO_AMOUNT})"),
            "left(sha256(currency), 16)",
        )
    )
    return f"""
SELECT {own} AS account_key, base64(unhex(string_agg({words}, '' ORDER BY ts_us DESC, transfer_id DESC))) AS packed FROM (
    SELECT * FROM edge SEMI JOIN (
        SELECT {own} FROM edge {{only}} GROUP BY {own} HAVING count(*) > (SELECT packed_above FROM pack_bound)
    ) many USING ({own})
    QUALIFY row_number() OVER (PARTITION BY {own} ORDER BY ts_us DESC, transfer_id DESC) <= (SELECT packed_above FROM pack_bound)
) GROUP BY {own}
"""


#: SQL for DuckDB over `edge` and `pack_bound`: (account_key, packed) of accounts on one side of the transfers, narrowed by `only`.
NEWEST_SENT, NEWEST_RECEIVED = _newest("src_key", "dst_key"), _newest("dst_key", "src_key")


def bound() -> pa.Table:
    """The table `pack_bound`."""
    return pa.table({"packed_above": [PACKED_ABOVE]})


@dataclass(frozen=True, slots=True, eq=False)
class Transfers:
    """Packed transfers of some accounts: whose, and six words of each, see `_WORDS`."""

    own: Ints
    words: Ints

    @property
    def other(self) -> Ints:
        """The accounts on the other end."""
        return self.words[:, 3]

    @property
    def amount(self) -> Ints:
        """The amounts; `NO_AMOUNT` where none is stated."""
        return self.words[:, 4]


def transfers(keys: Sequence[int], texts: Sequence[str], others: Ints) -> Transfers:
    """The packed transfers of some accounts with some others, in no order."""
    letters = letters_of(texts, _LETTERS)
    near = np.flatnonzero(may_name(letters[:, _OTHER : _OTHER + KEY_LETTERS], others))
    rows = np.fromiter(map(len, texts), np.int64, len(texts)) // _LETTERS
    own = np.array(keys, np.int64)[np.searchsorted(np.cumsum(rows), near, side="right")]
    words = np.frombuffer(binascii.a2b_base64(letters[near].tobytes()), ">i8").reshape(-1, _WORDS).astype(np.int64)
    chosen = is_in(np.ascontiguousarray(words[:, 3]), others)
    return Transfers(own[chosen], words[chosen])


def links(sent: Transfers, received: Transfers, currencies: Iterable[str]) -> pa.Table:
    """As LINKS in order of payer and payee: transfers that their payers, their payees or both have packed, each counted once; both ends of a link
    look at no more than is packed.
    """
    codes = sorted(currencies)
    words = np.concatenate([sent.words, received.words])
    payer = np.concatenate([sent.own, received.other])
    payee = np.concatenate([sent.other, received.own])
    ts, high, low, _, amount, currency = words.T
    order = np.lexsort((low, high, ts, currency, payee, payer))
    order = order[_changes(high[order], low[order])]
    payer, payee, ts, amount, currency = (each[order] for each in (payer, payee, ts, amount, currency))
    begin = np.flatnonzero(_changes(payer, payee, currency))
    sums = sum_groups(amount, begin)
    unstated = sums.largest == NO_AMOUNT
    return pa.Table.from_arrays(
        [
            pa.array(payer[begin]),
            pa.array(payee[begin]),
            pa.array(codes, pa.string()).take(pa.array(code_places(codes, currency[begin]))),
            pa.array(sums.transfers),
            pa.array(sums.total, mask=unstated | ~sums.fits),
            pa.array(sums.largest, mask=unstated),
            pa.array(sums.nulls),
            pa.array(ts[sums.first]),
            pa.array(ts[sums.last]),
            pa.array(np.ones(len(begin), np.bool_)),
        ],
        schema=LINKS,
    )


def _changes(*columns: Ints) -> npt.NDArray[np.bool_]:
    """Which rows differ from the row before."""
    changes = np.ones(len(columns[0]), np.bool_)
    changes[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changes


def letters_of(texts: Sequence[str], width: int) -> Letters:
    """The letters of texts, one row per packed row."""
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(-1, width)


def may_name(letters: Letters, keys: Ints) -> npt.NDArray[np.bool_]:
    """Which of these beginnings of keys, still in letters, may be of one of the keys: reading all would take longer than comparing letters."""
    whole = np.zeros((len(keys), 9), np.uint8)
    whole[:, :8] = keys.astype(">i8").view(np.uint8).reshape(-1, 8)
    wanted = np.frombuffer(binascii.b2a_base64(whole.tobytes(), newline=False), np.uint8).reshape(-1, 12)[:, :KEY_LETTERS]
    return may_be_in(letters.view(np.uint64)[:, 0], wanted.view(np.uint64)[:, 0])


def words_of(letters: Letters) -> Words:
    """The numbers that every eight letters say, 48 bits each, one row per column of eight; several times faster than reading all as bytes."""
    plain = np.frombuffer(letters.tobytes().translate(_VALUES), ">u8").reshape(len(letters), letters.shape[1] // 8)
    words = plain.T.astype(np.uint64, order="C")
    for keep, shift in _CLOSE_UP:
        high = words & keep
        words ^= high
        words |= high >> shift
    return words


def code_places(codes: Sequence[str], hashes: Ints) -> Ints:
    """Places among the codes of those with these hashes; each must be there."""
    known = np.array([hash_of(code) for code in codes], np.int64)
    order = np.argsort(known)
    places: Ints = order[np.searchsorted(known[order], hashes)] if len(hashes) else np.empty(0, np.int64)
    return places


@cache
def hash_of(currency: str) -> int:
    """64 bits of the hash of a currency's code."""
    return int.from_bytes(hashlib.sha256(currency.encode()).digest()[:8], "big", signed=True)
