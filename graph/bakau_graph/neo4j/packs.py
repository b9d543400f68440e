"""What a walk needs of an account with many transfers, packed into a text beside the account: one property read in place of thousands.

`newest_sent`, `newest_received`: its newest transfers on that side, as many as a walk looks at. Kept for accounts with more transfers on that
side than `PACKED_ABOVE`, and set anew whenever the account's figures are. A text is base64 of whole words, most significant byte first: the bulk
import takes texts, and a list of numbers is slower to read on either side. Whom an account ever paid is packed as well, see `pairs`.
"""

from __future__ import annotations

import binascii
import hashlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.model import TRANSFER_ID
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Letters = npt.NDArray[np.uint8]

#: Accounts with more transfers on a side than a walk looks at are packed; what a walk looks at is what is packed.
PACKED_ABOVE = Bounds().per_account
#: Of an account that paid more others than these (by currency), no list is kept: the text would be megabytes. A default of ours.
MOST_PAYEES = 100_000

#: A transfer is six words: time, id (two), account on the other end, amount (`NO_AMOUNT`: none stated), currency; and the letters it takes. It is a
#: multiple of three bytes, so that texts put together are one text.
_WORDS, _LETTERS = 6, 64
#: Where the letters of the other account begin, and how many letters are compared to find a key: six of its eight bytes.
_OTHER, KEY_LETTERS = 32, 8
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


def transfers(keys: Sequence[int], texts: Sequence[str], currencies: Iterable[str], *, sent: bool, others: Ints) -> pa.Table:
    """The packed transfers of some accounts with some others, as the reader's EDGES; whether a time is known is not packed, and said of all."""
    letters = letters_of(texts, _LETTERS)
    own = np.repeat(np.array(keys, np.int64), [len(text) // _LETTERS for text in texts])
    near = may_name(letters[:, _OTHER : _OTHER + KEY_LETTERS], others)
    words = np.frombuffer(binascii.a2b_base64(letters[near].tobytes()), ">i8").reshape(-1, _WORDS)
    chosen = np.isin(words[:, 3], others)
    words, own = words[chosen], own[near][chosen]
    ts, other, amount = (words[:, column].astype(np.int64) for column in (0, 3, 4))
    codes = sorted(currencies)
    place = code_places(codes, words[:, 5].astype(np.int64))
    ids = pa.FixedSizeBinaryArray.from_buffers(TRANSFER_ID, len(words), [None, pa.py_buffer(np.ascontiguousarray(words[:, 1:3]))])
    return pa.table(
        {
            "src_key": own if sent else other,
            "dst_key": other if sent else own,
            "ts_us": ts,
            "time_known": np.ones(len(ts), np.bool_),
            "amount_minor": pa.array(amount, mask=amount == NO_AMOUNT),
            "currency": pa.array(codes, pa.string()).take(pa.array(place)),
            "transfer_id": ids,
        }
    )


def letters_of(texts: Sequence[str], width: int) -> Letters:
    """The letters of texts, one row per packed row."""
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(-1, width)


def may_name(letters: Letters, keys: Ints) -> npt.NDArray[np.bool_]:
    """Which of these beginnings of keys, still in letters, may be of one of the keys: reading all would take longer than comparing letters."""
    if not len(keys):
        return np.zeros(len(letters), np.bool_)
    whole = np.zeros((len(keys), 9), np.uint8)
    whole[:, :8] = keys.astype(">i8").view(np.uint8).reshape(-1, 8)
    wanted = np.frombuffer(binascii.b2a_base64(whole.tobytes(), newline=False), np.uint8).reshape(-1, 12)[:, :KEY_LETTERS]
    known, asked = (np.ascontiguousarray(each).view(np.uint64).ravel() for each in (wanted, letters))
    known = np.sort(known)
    places = np.searchsorted(known, asked)
    places[places == len(known)] = 0
    named: npt.NDArray[np.bool_] = known[places] == asked
    return named


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
