"""Network findings: accounts with red flags that are tied together inside one community.

The *core* are accounts whose own indicators open a finding and that receive or pass money on; who only looks like a consumer has a
finding of their own and bridges no networks. The *fringe* are accounts with fewer points: each joins the core it is tied to most, and
bridges nothing either. Five kinds of ties: a transfer between the two, senders in common, and of two cores (where little is enough, as
each has a finding of its own) payers abroad in common or one collector to whom both pass money on; and money that goes from one through a
protected account to the other. The protected account between them is never
listed, and no community boundary cuts the last three. An account that the cut left
out as a hub belongs to no community; its ties hold all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from bakau.finding import Role
from bakau.times import DAY_US
from bakau_analytics.indicators.tables import ensure_tables

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from bakau_analytics.communities.detect import Communities
    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.findings.rule import FindingRule

    Ints = npt.NDArray[np.int64]

#: Kinds of ties, as they stand in `reason` names.
BY_TRANSFERS, BY_SENDERS, BY_PROTECTED = "tied_by_transfers", "tied_by_common_senders", "tied_through_protected"
BY_PAYERS_ABROAD, BY_COLLECTOR = "tied_by_payers_abroad", "tied_by_collector"

#: For each kind of tie what was seen (before the number of pairs) and what was asked for (with the rule's numbers).
TIE_WORDS = {
    BY_TRANSFERS: ("pairs of subjects that paid each other", "at least {tie_ppm} ppm of the transfers of each of the two"),
    BY_SENDERS: (
        "pairs of subjects paid by the same accounts",
        "at least {shared_senders} senders in common and {shared_ppm} ppm of all (Jaccard), senders of {sender_receivers} receivers or less",
    ),
    BY_PAYERS_ABROAD: (
        "pairs of subjects whose findings of their own rest on payers abroad in common",
        "at least {payers_abroad} of them and {payers_abroad_ppm} ppm of those of both (cosine); payers of {sender_receivers} receivers or less; what is taken from a protected account counts",
    ),
    BY_COLLECTOR: (
        "pairs of subjects whose findings of their own end at one collector",
        "at least {collector_payments} payments of each to one account that is paid by {collector_payers} or fewer and is no shop or cash point",
    ),
    BY_PROTECTED: (
        "pairs of subjects joined by money through a protected account",
        "one transfer in, and one out within {through_days} days",
    ),
}

TRANSFERS = """
WITH pair AS (
    SELECT least(src, dst) AS one, greatest(src, dst) AS other, count(*) AS n
    FROM flow SEMI JOIN member a ON src = a.account_key SEMI JOIN member b ON dst = b.account_key GROUP BY 1, 2
),
busy AS (
    SELECT account_key, count(*) AS n FROM (SELECT src AS account_key FROM flow UNION ALL SELECT dst FROM flow)
    SEMI JOIN member USING (account_key) GROUP BY account_key
)
SELECT one, other, p.n FROM pair p JOIN busy a ON p.one = a.account_key JOIN busy b ON p.other = b.account_key
WHERE p.n * 1000000 >= $tie_ppm * greatest(a.n, b.n) ORDER BY 1, 2
"""
SENDERS = """
WITH pair AS (SELECT DISTINCT src, dst FROM flow),
modest AS (SELECT src FROM pair GROUP BY src HAVING count(*) BETWEEN 2 AND $receivers),
fed AS (SELECT p.src, p.dst, count(*) OVER (PARTITION BY p.dst) AS n FROM pair p SEMI JOIN member m ON p.dst = m.account_key),
tie AS (SELECT fed.* FROM fed SEMI JOIN modest ON fed.src = modest.src)
SELECT a.dst AS one, b.dst AS other, count(*) AS n
FROM tie a JOIN tie b ON a.src = b.src AND a.dst < b.dst GROUP BY 1, 2
HAVING count(*) >= $shared AND count(*) * 1000000 >= $ppm * (min(a.n) + min(b.n) - count(*)) ORDER BY 1, 2
"""
PAYERS_ABROAD = """
WITH modest AS (SELECT src FROM payer GROUP BY src HAVING count(*) BETWEEN 2 AND $receivers),
fed AS (
    SELECT p.src, p.account_key, count(*) OVER (PARTITION BY p.account_key) AS payers
    FROM payer p SEMI JOIN member m ON p.account_key = m.account_key AND m.is_core
),
tie AS (SELECT fed.* FROM fed SEMI JOIN modest ON fed.src = modest.src)
SELECT a.account_key AS one, b.account_key AS other, count(*) AS n
FROM tie a JOIN tie b ON a.src = b.src AND a.account_key < b.account_key GROUP BY 1, 2
HAVING count(*) >= $shared AND count(*) * count(*) * 1000000 >= $permille * $permille * min(a.payers) * min(b.payers) ORDER BY 1, 2
"""
COLLECTOR = """
WITH sent AS (
    SELECT f.src, f.dst FROM flow f SEMI JOIN (SELECT account_key FROM member WHERE is_core) m ON f.src = m.account_key
    ANTI JOIN service s ON f.dst = s.account_key ANTI JOIN protected_account p ON f.dst = p.account_key
    GROUP BY f.src, f.dst HAVING count(*) >= $payments
),
collector AS (
    SELECT f.dst FROM flow f SEMI JOIN sent ON f.dst = sent.dst GROUP BY f.dst HAVING count(DISTINCT f.src) <= $payers
)
SELECT a.src AS one, b.src AS other, count(*) AS n
FROM sent a JOIN sent b ON a.dst = b.dst AND a.src < b.src SEMI JOIN collector c ON a.dst = c.dst GROUP BY 1, 2 ORDER BY 1, 2
"""
PROTECTED = """
WITH inward AS (SELECT src, dst AS via, ts_us FROM flow SEMI JOIN member m ON src = m.account_key
                SEMI JOIN protected_account p ON dst = p.account_key),
outward AS (SELECT src AS via, dst, ts_us FROM flow SEMI JOIN member m ON dst = m.account_key
            SEMI JOIN protected_account p ON src = p.account_key)
SELECT least(i.src, o.dst) AS one, greatest(i.src, o.dst) AS other, count(DISTINCT i.via) AS n
FROM inward i JOIN outward o ON i.via = o.via AND i.src <> o.dst AND o.ts_us >= i.ts_us AND o.ts_us - i.ts_us <= $window_us
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Accounts that may be subjects of a network, sorted by key, and which of them belong to a core."""

    keys: Ints
    is_core: npt.NDArray[np.bool_]


def find_services(connection: duckdb.DuckDBPyConnection) -> Ints:
    """Accounts that sources say are shops, cash points or platforms. Reads `account`."""
    ensure_tables(connection, ("service",))
    return np.asarray(connection.execute("SELECT account_key FROM service").fetchnumpy()["account_key"], dtype=np.int64)


def find_members(contributions: Contributions, opened: Ints, services: Ints, rule: FindingRule) -> Members:
    """Core: opened accounts most of whose points say more than *consumer*. Fringe: those with the rule's `member_points`. No services."""
    hits = contributions.hits
    points = np.maximum(np.asarray(hits["points"]), 0)
    sign = np.where(np.asarray(pc.equal(hits["role"], Role.CONSUMER.value)), -1, 1)
    leaning = np.zeros(len(contributions.accounts), np.int64)
    np.add.at(leaning, np.searchsorted(contributions.accounts, np.asarray(hits["account_key"])), points * sign)
    keys = contributions.accounts[(contributions.rule_points >= rule.member_points) & (leaning > 0)]
    keys = keys[~np.isin(keys, services)]
    return Members(keys, np.isin(keys, opened))


def find_ties(connection: duckdb.DuckDBPyConnection, members: Members, communities: Communities, rule: FindingRule) -> pa.Table:
    """Ties between members inside one community, or through a protected account, by payers abroad or by a collector: (kind, one, other, n).

    Reads `flow`, `payer`, `service` and `protected_account`.
    """
    ensure_tables(connection, ("service", "payer"))
    connection.register("member", pa.table({"account_key": members.keys, "is_core": members.is_core}))
    settings: dict[str, dict[str, int]] = {
        BY_TRANSFERS: {"tie_ppm": rule.tie_ppm},
        BY_SENDERS: {"receivers": rule.sender_receivers, "shared": rule.shared_senders, "ppm": rule.shared_ppm},
        BY_PAYERS_ABROAD: {
            "receivers": rule.sender_receivers,
            "shared": rule.payers_abroad,
            "permille": rule.payers_abroad_ppm // 1000,
        },
        BY_COLLECTOR: {"payments": rule.collector_payments, "payers": rule.collector_payers},
        BY_PROTECTED: {"window_us": rule.through_days * DAY_US},
    }
    texts = {
        BY_TRANSFERS: TRANSFERS,
        BY_SENDERS: SENDERS,
        BY_PAYERS_ABROAD: PAYERS_ABROAD,
        BY_COLLECTOR: COLLECTOR,
        BY_PROTECTED: PROTECTED,
    }
    parts = []
    for kind, text in texts.items():
        found = connection.execute(text, settings[kind]).fetchnumpy()
        one, other, count = (np.asarray(found[name], np.int64) for name in ("one", "other", "n"))
        parts.append(pa.table({"kind": pa.repeat(pa.scalar(kind), len(one)), "one": one, "other": other, "n": count}))
    connection.unregister("member")
    ties = pa.concat_tables(parts)
    resolution = communities.finest_stable()
    first, second = (communities.of(np.asarray(ties[name]), resolution) for name in ("one", "other"))
    through = np.asarray(pc.is_in(ties["kind"], value_set=pa.array([BY_PROTECTED, BY_PAYERS_ABROAD, BY_COLLECTOR])))
    return ties.filter(pa.array(through | (first == second) | (first < 0) | (second < 0))).combine_chunks()


def group_members(members: Members, ties: pa.Table) -> tuple[Ints, Ints]:
    """Groups of at least two members: connected cores, and the fringe that joins them. (group number, account key), numbered by
    smallest key and sorted.
    """
    keys = members.keys
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    one, other = (np.searchsorted(keys, np.asarray(ties[name])) for name in ("one", "other"))
    both = members.is_core[one] & members.is_core[other]
    links = sparse.coo_array((np.ones(int(both.sum()), np.int8), (one[both], other[both])), shape=(len(keys), len(keys)))
    label = np.asarray(csgraph.connected_components(links, directed=False)[1], dtype=np.int64)
    label[~members.is_core] = -1
    _join_fringe(label, members.is_core, one, other, np.asarray(ties["n"]))
    kept = label >= 0
    kept[kept] = np.bincount(label[kept])[label[kept]] >= 2
    _, first, place = np.unique(label[kept], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    number = rank[place]
    order = np.lexsort((keys[kept], number))
    return number[order], keys[kept][order]


def _join_fringe(label: Ints, is_core: npt.NDArray[np.bool_], one: Ints, other: Ints, weight: Ints) -> None:
    """Give each fringe member the label of the core it is tied to most (ties: the smallest label)."""
    outer = np.concatenate([one, other])
    inner = np.concatenate([other, one])
    chosen = ~is_core[outer] & is_core[inner]
    pairs, place = np.unique(np.column_stack([outer[chosen], label[inner[chosen]]]), axis=0, return_inverse=True)
    total = np.bincount(place.ravel(), np.concatenate([weight, weight])[chosen], len(pairs))
    order = np.lexsort((-pairs[:, 1], total, pairs[:, 0]))
    label[pairs[order, 0]] = pairs[order, 1]
