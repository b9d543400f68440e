"""One payment that several files tell of: which transfers are the same one, found from the facts alone and never merged into them.

A payer's and a payee's bank, an order and its settlement, a message and a statement each bring a row of their own. Two rows are one
payment when they share a reference that ISO 20022 keeps from end to end, and nothing they say speaks against it:

* ``uetr``: the same UETR, ends that agree, and amounts that are like each other (fees may have been taken on the way);
* ``end_to_end``: the same end-to-end id, amount and currency, booked at most three days apart, by ends that agree.

An end agrees with another when it is the same account, or when one of the two was known by name only, as the other bank saw it. What
could be two payments as well is left as two: rows that agree with others which do not agree with each other are not linked, and neither
are equal rows of one file by end-to-end id, unless they stand in the statements of either account. The answer rests on the visible rows and their order in the ledger, so a batch that goes
takes its links with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.model import TRANSFER_ID
from bakau.times import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

#: Number of the rule; a stored answer of another number is not used.
RULE = 1
#: How far apart two banks book one payment; a default of ours (a weekend between them).
MOST_DAYS = 3
#: What fees may leave of an amount on its way; a default of ours.
LEAST_PART = 0.5
#: More rows than this under one reference say nothing about any two of them; a default of ours.
MOST_ALIKE = 200

SCHEMA = pa.schema(
    {
        "transfer_id": TRANSFER_ID,
        "payment_id": TRANSFER_ID,
        "place": pa.int32(),
        "matched_by": pa.string(),
        "src_key": pa.int64(),
        "dst_key": pa.int64(),
    }
)
_SAME, _OPEN = 2, 1

#: Transfers with a reference of a payment; the groups of gift cards and crypto transactions are no payments.
HAS_REFERENCE = "(uetr IS NOT NULL OR group_key IS NOT NULL) AND channel NOT IN ('crypto', 'gift_card')"
#: Rows that share a reference with another.
_CANDIDATES = f"""
WITH keyed AS (SELECT * FROM stated_transfer WHERE {HAS_REFERENCE} AND status <> 'failed'),
named AS (SELECT uetr FROM keyed WHERE uetr IS NOT NULL GROUP BY uetr HAVING count(*) > 1),
grouped AS (SELECT group_key, amount_minor, currency FROM keyed WHERE group_key IS NOT NULL GROUP BY ALL HAVING count(*) > 1),
found AS (
    SELECT k.* FROM keyed k WHERE k.uetr IN (SELECT uetr FROM named)
    OR (k.group_key, k.amount_minor, k.currency) IN (SELECT (group_key, amount_minor, currency) FROM grouped)
),
line AS (
    SELECT transfer_id, batch_id, record, src_key, dst_key, [lag(src_key) OVER w, lag(dst_key) OVER w] AS before,
           [lead(src_key) OVER w, lead(dst_key) OVER w] AS after
    FROM raw_transfer WHERE batch_id IN (SELECT batch_id FROM found) WINDOW w AS (PARTITION BY batch_id ORDER BY record, transfer_id)
),
near AS (
    SELECT transfer_id, batch_id, CAST(list_contains(before, src_key) AS TINYINT) - CAST(list_contains(before, dst_key) AS TINYINT) AS before,
           CAST(list_contains(after, src_key) AS TINYINT) - CAST(list_contains(after, dst_key) AS TINYINT) AS after
    FROM line QUALIFY row_number() OVER (PARTITION BY transfer_id, batch_id ORDER BY record) = 1
),
unseen AS (
    SELECT DISTINCT account_key FROM raw_account
    WHERE (scheme LIKE 'local.named:%' OR scheme LIKE 'local.unseen:%')
      AND account_key IN (SELECT src_key FROM found UNION ALL SELECT dst_key FROM found)
)
SELECT f.transfer_id, f.ts_us, f.src_key, f.dst_key, s.account_key IS NOT NULL AS src_open, d.account_key IS NOT NULL AS dst_open,
       f.amount_minor, f.currency, f.uetr, f.group_key, b.seq, sign(before + after) AS teller
FROM found f JOIN batch b USING (batch_id) JOIN near USING (transfer_id, batch_id)
LEFT JOIN unseen s ON s.account_key = f.src_key LEFT JOIN unseen d ON d.account_key = f.dst_key
ORDER BY b.seq, f.record, f.transfer_id
"""


@dataclass(frozen=True, eq=False)
class _Rows:
    """Candidates in order of the ledger, one array per column; codes are -1 where nothing is said."""

    src: Ints
    dst: Ints
    src_open: Flags
    dst_open: Flags
    ts: Ints
    amount: Ints
    has_amount: Flags
    currency: Ints
    uetr: Ints
    end_to_end: Ints
    seq: Ints
    #: Whose statement a row seems to stand in, as the rows around it do: the payer's (1), the payee's (-1), not known (0).
    teller: Ints

    def take(self, spots: Ints) -> _Rows:
        return _Rows(**{field.name: getattr(self, field.name)[spots] for field in fields(self)})


def find_same_payments(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The transfers of a snapshot's views that are not alone in telling of their payment (SCHEMA).

    `payment_id` is the transfer that came first and stands for all, at `place` 0; `matched_by` says why a later one is the same, and the
    two keys are the ends of the payment, known by whichever row knows them best.
    """
    found = connection.sql(_CANDIDATES).to_arrow_table()
    if not len(found):
        return SCHEMA.empty_table()
    rows = _read(found)
    by_uetr = _components(rows, *_agreeing(rows, rows.uetr, _same_by_uetr))
    whole = _fold(rows, by_uetr)
    by_end_to_end = _components(whole, *_agreeing(whole, _end_to_end_groups(whole), _same_by_end_to_end))
    return _table(found, rows, by_uetr, by_end_to_end[by_uetr])


def _read(found: pa.Table) -> _Rows:
    def ints(name: str) -> Ints:
        values: Ints = found[name].to_numpy().astype(np.int64, copy=False)
        return values

    def codes(name: str) -> Ints:
        coded = found[name].combine_chunks().dictionary_encode()
        values: Ints = np.asarray(coded.indices.fill_null(-1)).astype(np.int64)
        return values

    return _Rows(
        src=ints("src_key"), dst=ints("dst_key"), src_open=np.asarray(found["src_open"]), dst_open=np.asarray(found["dst_open"]),
        ts=ints("ts_us"), amount=np.asarray(found["amount_minor"].fill_null(0)).astype(np.int64), has_amount=np.asarray(found["amount_minor"].is_valid()),
        currency=codes("currency"), uetr=codes("uetr"), end_to_end=codes("group_key"), seq=ints("seq"), teller=ints("teller"),
    )  # fmt: skip


# --- which two are one ----------------------------------------------------------------------------------------------------


def _agreement(rows: _Rows, one: Ints, two: Ints) -> tuple[Ints, Ints]:
    """How well the payers and the payees of pairs of rows agree: the same, known to one side only, not at all."""

    def side(key: Ints, is_open: Flags) -> Ints:
        return np.where(key[one] == key[two], _SAME, np.where(is_open[one] != is_open[two], _OPEN, 0))

    payer, payee = side(rows.src, rows.src_open), side(rows.dst, rows.dst_open)
    # two looks at one account from one side, money in and money out, would make it pay itself
    src = np.where(rows.src_open[one], rows.src[two], rows.src[one])
    dst = np.where(rows.dst_open[one], rows.dst[two], rows.dst[one])
    itself = (src == dst) & ~((payer == _SAME) & (payee == _SAME))
    return np.where(itself, 0, payer), np.where(itself, 0, payee)


def _same_by_uetr(rows: _Rows, one: Ints, two: Ints) -> Flags:
    payer, payee = _agreement(rows, one, two)
    least, most = np.minimum(rows.amount[one], rows.amount[two]), np.maximum(rows.amount[one], rows.amount[two])
    like = (rows.currency[one] != rows.currency[two]) | ~(rows.has_amount[one] & rows.has_amount[two]) | (least >= most * LEAST_PART)
    equal = (rows.currency[one] == rows.currency[two]) & rows.has_amount[one] & rows.has_amount[two] & (least == most)
    # one end the same and the other numbered otherwise (IBAN here, the bank's own number there): only for the very same amount
    half = (np.maximum(payer, payee) == _SAME) & (np.minimum(payer, payee) == 0)
    same: Flags = ((payer > 0) & (payee > 0) & like) | (half & equal)
    return same


def _same_by_end_to_end(rows: _Rows, one: Ints, two: Ints) -> Flags:
    payer, payee = _agreement(rows, one, two)
    near = np.abs(rows.ts[one] - rows.ts[two]) <= MOST_DAYS * DAY_US
    other = (rows.uetr[one] >= 0) & (rows.uetr[two] >= 0) & (rows.uetr[one] != rows.uetr[two])
    twice = (rows.seq[one] == rows.seq[two]) & (payer == _SAME) & (payee == _SAME) & (rows.teller[one] * rows.teller[two] != -1)
    same: Flags = (payer > 0) & (payee > 0) & near & ~other & ~twice
    return same


def _end_to_end_groups(rows: _Rows) -> Ints:
    """A number per row: the same end-to-end id, amount and currency, days near each other, and the how-manieth of its like in its file.

    So the second of two equal payments in one file meets the second in the other; -1 where there is no id or no amount.
    """
    spots = np.flatnonzero((rows.end_to_end >= 0) & rows.has_amount)
    groups = np.full(len(rows.ts), -1, np.int64)
    if not len(spots):
        return groups
    part = rows.take(spots)
    order = np.lexsort((part.ts, part.currency, part.amount, part.end_to_end))
    new = np.ones(len(order), bool)
    new[1:] = np.diff(part.ts[order]) > MOST_DAYS * DAY_US
    for key in (part.end_to_end, part.amount, part.currency):
        new[1:] |= np.diff(key[order]) != 0
    cluster = np.empty(len(order), np.int64)
    cluster[order] = np.cumsum(new)
    groups[spots] = _number(cluster, _occurrence(part.ts, cluster, part.src, part.dst, part.seq, part.teller))
    return groups


def _occurrence(ts: Ints, *keys: Ints) -> Ints:
    """The how-manieth of its like each row is, by time."""
    order = np.lexsort((ts, *keys))
    first = np.ones(len(order), bool)
    first[1:] = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order)) - begin
    return found


def _number(*keys: Ints) -> Ints:
    """One number per distinct row of keys."""
    numbers: Ints = np.unique(np.stack(keys), axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return numbers


# --- all that are one -----------------------------------------------------------------------------------------------------


def _agreeing(rows: _Rows, groups: Ints, same: Callable[[_Rows, Ints, Ints], Flags]) -> tuple[Ints, Ints]:
    """Pairs of rows, the earlier one first, that share a group and are the same by `same`."""
    spots = np.flatnonzero(groups >= 0)
    order = spots[np.argsort(groups[spots], kind="stable")]
    _, begin, count = np.unique(groups[order], return_index=True, return_counts=True)
    after = np.repeat(begin + count, count) - np.arange(len(order)) - 1
    after[np.repeat(count > MOST_ALIKE, count)] = 0
    found = [np.empty((2, 0), np.int64)]
    for step in range(1, int(after.max(initial=0)) + 1):
        here = np.flatnonzero(after >= step)
        one, two = order[here], order[here + step]
        good = same(rows, one, two)
        found.append(np.stack([one[good], two[good]]))
    one, two = np.concatenate(found, axis=1)
    return one, two


def _components(rows: _Rows, one: Ints, two: Ints) -> Ints:
    """The payment of each row, numbered in order of their first rows.

    Rows of which each agrees with each are one payment. Where some do not, only those stay together whose both ends are the same.
    """
    count = len(rows.ts)
    labels = _connected(count, one, two)
    size = np.bincount(labels, minlength=count)
    pairs = np.bincount(labels[one], minlength=count)
    doubtful = pairs[labels[one]] < size[labels[one]] * (size[labels[one]] - 1) // 2
    if not doubtful.any():
        return labels
    sure = ~doubtful | ((rows.src[one] == rows.src[two]) & (rows.dst[one] == rows.dst[two]))
    return _connected(count, one[sure], two[sure])


def _connected(count: int, one: Ints, two: Ints) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(coo_array((np.ones(len(one), np.int8), (one, two)), (count, count)), directed=False)
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    ordered: Ints = np.argsort(np.argsort(first))[number].astype(np.int64)
    return ordered


def _first_of(labels: Ints, known: Flags | None = None) -> Ints:
    """For each label the place of its first row, of those that are known when there is one."""
    order = np.argsort(labels, kind="stable") if known is None else np.lexsort((~known, labels))
    places: Ints = order[np.unique(labels[order], return_index=True)[1]]
    return places


def _fold(rows: _Rows, labels: Ints) -> _Rows:
    """One row per label: its first, with what that one does not know from the first that does."""
    whole = rows.take(_first_of(labels))
    src, dst = _first_of(labels, ~rows.src_open), _first_of(labels, ~rows.dst_open)
    amount, end = _first_of(labels, rows.has_amount), _first_of(labels, rows.end_to_end >= 0)
    return replace(
        whole, src=rows.src[src], src_open=rows.src_open[src], dst=rows.dst[dst], dst_open=rows.dst_open[dst], amount=rows.amount[amount],
        has_amount=rows.has_amount[amount], currency=rows.currency[amount], end_to_end=rows.end_to_end[end],
    )  # fmt: skip


def _table(found: pa.Table, rows: _Rows, by_uetr: Ints, payment: Ints) -> pa.Table:
    """The rows that share a payment with another, in order of their payments."""
    whole = _fold(rows, payment)
    lead = _first_of(payment)
    shared = np.flatnonzero(np.bincount(payment)[payment] > 1)
    shared = shared[np.argsort(payment[shared], kind="stable")]
    number = payment[shared]
    begin = np.r_[True, np.diff(number) != 0]
    place = np.arange(len(shared)) - np.maximum.accumulate(np.where(begin, np.arange(len(shared)), 0))
    opens = _first_of(by_uetr)  # the first that bears a UETR is there by its end-to-end id
    how = np.where(opens[by_uetr[shared]] == shared, "end_to_end", "uetr")
    ids = found["transfer_id"].combine_chunks().cast(TRANSFER_ID)
    return pa.table(
        {
            "transfer_id": ids.take(pa.array(shared)),
            "payment_id": ids.take(pa.array(lead[number])),
            "place": pa.array(place, pa.int32()),
            "matched_by": pa.array(how.astype(object), pa.string(), mask=place == 0),
            "src_key": pa.array(whole.src[number]),
            "dst_key": pa.array(whole.dst[number]),
        },
        schema=SCHEMA,
    )
