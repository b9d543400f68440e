"""What a walk needs of an account with many transfers, packed into a text beside the account: one property read in place of thousands.

A walk looks at the newest transfers of an account on each side. Of an account with more, `newest_sent` and `newest_received` say when those begin,
and of each pair that began no later what of it is among them; what a pair is as a whole is packed as well, see `pairs`, and where it began later
that is it. Kept for accounts with more transfers on that side than `PACKED_ABOVE`, and set anew whenever the account's figures are. A text is
base64 of whole rows, most significant byte first: the bulk import takes texts, and a list of numbers is slower to read on either side.
"""

from __future__ import annotations

import binascii
import hashlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.neo4j.keys import may_be_in
from bakau_graph.network.question import Bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Letters = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint64]

#: Accounts with more transfers on a side than a walk looks at are packed; what a walk looks at is what is packed.
PACKED_ABOVE = Bounds().per_account
#: Of an account that paid more others than these (by currency), no list is kept: the text would be megabytes. A default of ours.
MOST_PAYEES = 100_000

#: How many letters are compared to find a key: six of its eight bytes.
KEY_LETTERS = 8
#: What each letter of base64 says; and how eight bytes of six bits are moved together: these bits, by so many places.
_VALUES = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", bytes(range(64)))
_CLOSE_UP = tuple(
    (np.uint64(keep), np.uint64(shift)) for keep, shift in ((0x3F003F003F003F00, 2), (0x0FFF00000FFF0000, 4), (0x00FFFFFF00000000, 8))
)
_WORD = "lpad(to_hex({}), 16, '0')"


def _newest(own: str, other: str) -> str:
    amounts = (_WORD.format(f"coalesce({name}, {NO_AMOUNT})") for name in ("total", "largest"))
    counts = (f"lpad(to_hex({name}), 8, '0')" for name in ("n", "nulls"))
    words = " || ".join((_WORD.format("other"), "left(sha256(currency), 16)", *amounts, _WORD.format("first_us"), *counts))
    begin = f"repeat('0', 64) || {_WORD.format('begin_us')} || repeat('0', 16)"
    return f"""
SELECT own AS account_key, base64(unhex({begin} || coalesce(string_agg({words}, '' ORDER BY other, currency) FILTER (began_us <= begin_us), '')))
AS packed FROM (
    SELECT *, min(first_us) OVER (PARTITION BY own) AS begin_us FROM (
        SELECT {own} AS own, {other} AS other, currency, min(ts_us) AS began_us, count(*) FILTER (inside) AS n,
               count(*) FILTER (inside AND amount_minor IS NULL) AS nulls, min(ts_us) FILTER (inside) AS first_us,
               max(amount_minor) FILTER (inside) AS largest, sum(amount_minor) FILTER (inside) AS wide,
               CASE WHEN wide BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(wide AS BIGINT) END AS total
        FROM (
            SELECT *, row_number() OVER (PARTITION BY {own} ORDER BY ts_us DESC, transfer_id DESC) <= (SELECT packed_above FROM pack_bound) AS inside
            FROM edge SEMI JOIN (
                SELECT {own} FROM edge {{only}} GROUP BY {own} HAVING count(*) > (SELECT packed_above FROM pack_bound)
            ) many USING ({own})
        ) GROUP BY own, other, currency HAVING n > 0
    )
) GROUP BY own, begin_us
"""


#: SQL for DuckDB over `edge` and `pack_bound`: (account_key, packed) of accounts on one side of the transfers, narrowed by `only`.
NEWEST_SENT, NEWEST_RECEIVED = _newest("src_key", "dst_key"), _newest("dst_key", "src_key")


def bound() -> pa.Table:
    """The table `pack_bound`."""
    return pa.table({"packed_above": [PACKED_ABOVE]})


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
