"""Which rules are open for which account: something they look at there is not known, so they could say more, or less, if it were.

The engine says for a whole data set what a rule could not look at; this says it for single accounts, and for whatever a rule looks at,
needed or not. The beginning and the end of the data, against which silence is measured, are taken as known. A list that nobody gave
opens no rule: no record of a payment would close it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.flow import KNOWN, load_coverage
from bakau_analytics.indicators.lists import count_lists
from bakau_analytics.indicators.looks import COLUMNS, look_of
from bakau_analytics.indicators.pack import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb
    import numpy.typing as npt

    from bakau_analytics.indicators.pack import PackSet, Rule

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

MASK = " + ".join(f"CASE WHEN {KNOWN[name]} THEN 0 ELSE {1 << bit} END" for bit, name in enumerate(COLUMNS))
TIME_BIT = 1 << COLUMNS.index("time_known")
#: One row per account looked at and way (own, or the protected accounts it empties): of what comes and goes, the columns unknown somewhere.
SEEN = f"""
WITH reach AS (
    SELECT account_key, account_key AS holder, false AS swept FROM looked_at
    UNION ALL SELECT l.account_key, s.holder, true FROM looked_at l JOIN sweeper s USING (account_key)
),
payment AS (
    SELECT r.account_key, r.swept, true AS come, f.src AS other, f.* FROM reach r JOIN flow f ON f.dst = r.holder
    UNION ALL SELECT r.account_key, r.swept, false, f.dst, f.* FROM reach r JOIN flow f ON f.src = r.holder
),
touched AS (SELECT account_key, swept, come, other, {MASK} AS mask, coalesce(src_country = dst_country, false) AS is_home FROM payment)
SELECT account_key, swept, come, count(*) AS n, count(DISTINCT other) AS others, bit_or(mask) AS mask, count(*) FILTER (WHERE NOT is_home) AS n_abroad,
       count(DISTINCT other) FILTER (WHERE NOT is_home) AS others_abroad, coalesce(bit_or(mask) FILTER (WHERE NOT is_home), 0) AS mask_abroad
FROM touched GROUP BY account_key, swept, come
"""
AROUND = f"""
WITH near AS (
    SELECT l.account_key, f.dst AS holder FROM looked_at l JOIN flow f ON f.src = l.account_key
    UNION SELECT l.account_key, f.src FROM looked_at l JOIN flow f ON f.dst = l.account_key
),
met AS (SELECT DISTINCT holder FROM near),
payment AS (
    SELECT m.holder, f.* FROM met m JOIN flow f ON f.src = m.holder UNION ALL SELECT m.holder, f.* FROM met m JOIN flow f ON f.dst = m.holder
),
lack AS (SELECT holder, bit_or({MASK}) AS mask FROM payment GROUP BY holder)
SELECT n.account_key, bit_or(k.mask) AS mask FROM near n JOIN lack k ON n.holder = k.holder GROUP BY n.account_key
"""
#: Parameters that ask for so many payments, or so many payers: an account that has fewer in all cannot be hit, whatever is unknown.
LEAST_PAYMENTS, LEAST_PAYERS = ("min_payments", "min_receipts"), ("min_senders", "min_payers")


@dataclass(frozen=True, slots=True, eq=False)
class Openness:
    """Pairs of an account and a rule that is open for it: places in the accounts asked for and in the pack, sorted by account, then rule.

    `grows`: what becomes known can only add. `beyond`: not all of the gap lies in the account's own payments.
    """

    account: Ints
    rule: Ints
    grows: Flags
    beyond: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Per account, by (swept, come): payments, counterparties and unknown columns, each for all payments and those not known to stay at home."""

    payments: dict[tuple[bool, bool, bool], Ints]
    others: dict[tuple[bool, bool, bool], Ints]
    masks: dict[tuple[bool, bool, bool], Ints]
    around: Ints


def find_open(
    connection: duckdb.DuckDBPyConnection,
    packs: PackSet,
    accounts: Ints,
    *,
    failed: Collection[str] = (),
    coverage: Mapping[str, int] | None = None,
) -> Openness:
    """The open rules of sorted `accounts`; those of `failed` are open for all. Reads `flow`, `sweeper` and what rules read.

    `coverage` is that of the flow, where it is known already.
    """
    seen = _look(connection, accounts)
    coverage = load_coverage(connection, COLUMNS) if coverage is None else coverage
    anywhere = _bits({name for name in COLUMNS if coverage[name] < coverage["transfers"]})
    places = np.arange(len(accounts), dtype=np.int64)
    given = count_lists(connection, packs.rules)
    nothing, never = np.empty(0, np.int64), np.empty(0, bool)
    parts = [(nothing, nothing, never, never)]
    for number, rule in enumerate(packs.rules):
        if rule.lists and not any(given[key_of(name)] for name in rule.lists):
            continue
        own, beyond = (np.ones(len(accounts), np.int64),) * 2 if rule.id in failed else _missing(rule, seen, anywhere)
        hit = places[(own | beyond) > 0]
        grows = look_of(rule).grows & (((own | beyond)[hit] & TIME_BIT) == 0) & (rule.id not in failed)
        parts.append((hit, np.full(len(hit), number, np.int64), grows, beyond[hit] > 0))
    account, place, grows, far = (np.concatenate([part[field] for part in parts]) for field in range(4))
    order = np.lexsort((place, account))
    return Openness(account[order], place[order], grows[order].astype(bool), far[order].astype(bool))


def _look(connection: duckdb.DuckDBPyConnection, accounts: Ints) -> _Seen:
    connection.register("looked_at", pa.table({"account_key": accounts}))
    rows, near = connection.execute(SEEN).fetchnumpy(), connection.execute(AROUND).fetchnumpy()
    connection.unregister("looked_at")
    spot = np.searchsorted(accounts, np.asarray(rows["account_key"], np.int64))
    swept, come = np.asarray(rows["swept"], bool), np.asarray(rows["come"], bool)
    seen = _Seen({}, {}, {}, np.zeros(len(accounts), np.int64))
    for way in (False, True):
        for side in (False, True):
            chosen = (swept == way) & (come == side)
            for abroad, ending in ((False, ""), (True, "_abroad")):
                for found, name in ((seen.payments, "n"), (seen.others, "others"), (seen.masks, "mask")):
                    values = np.zeros(len(accounts), np.int64)
                    values[spot[chosen]] = np.asarray(rows[name + ending], np.int64)[chosen]
                    found[way, side, abroad] = values
    seen.around[np.searchsorted(accounts, np.asarray(near["account_key"], np.int64))] = np.asarray(near["mask"], np.int64)
    return seen


def _missing(rule: Rule, seen: _Seen, anywhere: int) -> tuple[Ints, Ints]:
    """Masks of what the rule lacks on each account's own payments, and beyond them; nothing where it could not be hit anyway.

    `anywhere` are the columns that are unknown on some payment of the data.
    """
    look = look_of(rule)
    come, gone = (_bits(columns) for columns in (look.come, look.gone))
    none = np.zeros(len(seen.around), np.int64)
    by_way = [
        seen.masks[way, True, look.abroad] & come | seen.masks[way, False, look.abroad] & gone if wanted else none
        for way, wanted in ((False, look.own), (True, look.swept))
    ]
    own, beyond = by_way[0], by_way[1] | (seen.around & (come | gone) if look.around else none)
    if look.anywhere:
        beyond = beyond | (anywhere & (come | gone))
    if not look.around:
        enough = _could_hit(rule, seen)
        own, beyond = np.where(enough, own, 0), np.where(enough, beyond, 0)
    return own, beyond


def _bits(columns: Collection[str]) -> int:
    return sum(1 << bit for bit, name in enumerate(COLUMNS) if name in columns)


def _could_hit(rule: Rule, seen: _Seen) -> Flags:
    """Accounts with as many payments and payers as the rule asks for, one payment at least, on the sides and ways it looks at."""
    look = look_of(rule)
    ways = [way for way, wanted in ((False, look.own), (True, look.swept)) if wanted]
    sides = [side for side, columns in ((True, look.come), (False, look.gone)) if columns]
    number, payers = np.zeros(len(seen.around), np.int64), np.zeros(len(seen.around), np.int64)
    for way in ways:
        for side in sides:
            number += seen.payments[way, side, look.abroad]
        payers += seen.others[way, True, look.abroad]
    enough = number >= max(_most(rule, LEAST_PAYMENTS), 1)
    return enough & (payers >= _most(rule, LEAST_PAYERS)) if look.come else enough


def _most(rule: Rule, names: tuple[str, ...]) -> int:
    return max((value for name in names if isinstance(value := rule.parameters.get(name), int)), default=0)
