"""Network findings: accounts with red flags that are tied together inside one community.

Three kinds of ties: a transfer between the two, senders in common, money that goes from one through a protected account to the
other. The protected account between them is never listed, and no community boundary cuts such a flow. An account that the cut left
out as a hub belongs to no community; its ties hold all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from bakau.finding import Role

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from bakau_analytics.communities.detect import Communities
    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.findings.rule import FindingRule

    Ints = npt.NDArray[np.int64]

#: Kinds of ties, as they stand in `reason` names.
BY_TRANSFERS, BY_SENDERS, BY_PROTECTED = "tied_by_transfers", "tied_by_common_senders", "tied_through_protected"

#: For each kind of tie what was seen (before the number of pairs) and what was asked for (with the rule's numbers).
TIE_WORDS = {
    BY_TRANSFERS: ("pairs of subjects that paid each other", "at least one settled transfer between two"),
    BY_SENDERS: (
        "pairs of subjects paid by the same accounts",
        "at least {shared_senders} senders in common and {shared_ppm} ppm of all (Jaccard), senders of {sender_receivers} receivers or less",
    ),
    BY_PROTECTED: ("pairs of subjects joined by money through a protected account", "one transfer in and a later one out"),
}

TRANSFERS = """
SELECT least(src, dst) AS one, greatest(src, dst) AS other, count(*) AS n
FROM flow SEMI JOIN member a ON src = a.account_key SEMI JOIN member b ON dst = b.account_key GROUP BY 1, 2 ORDER BY 1, 2
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
PROTECTED = """
WITH inward AS (SELECT src, dst AS via, min(ts_us) AS ts_us FROM flow SEMI JOIN member m ON src = m.account_key
                SEMI JOIN protected_account p ON dst = p.account_key GROUP BY 1, 2),
outward AS (SELECT src AS via, dst, max(ts_us) AS ts_us FROM flow SEMI JOIN member m ON dst = m.account_key
            SEMI JOIN protected_account p ON src = p.account_key GROUP BY 1, 2)
SELECT least(i.src, o.dst) AS one, greatest(i.src, o.dst) AS other, count(*) AS n
FROM inward i JOIN outward o ON i.via = o.via AND i.src <> o.dst AND o.ts_us >= i.ts_us GROUP BY 1, 2 ORDER BY 1, 2
"""


def find_members(contributions: Contributions, opened: Ints, rule: FindingRule) -> Ints:
    """Accounts that may be subjects of a network: opened, or enough points of which some say more than *consumer*. Sorted keys."""
    hits = contributions.hits
    adds = pc.greater(hits["points"], 0)
    acts = pc.and_(adds, pc.not_equal(hits["role"], Role.CONSUMER.value))
    active = np.unique(np.asarray(hits.filter(acts)["account_key"]))
    enough = contributions.accounts[contributions.rule_points >= rule.member_points]
    return np.union1d(np.intersect1d(enough, active), opened)


def find_ties(connection: duckdb.DuckDBPyConnection, members: Ints, communities: Communities, rule: FindingRule) -> pa.Table:
    """Ties between members inside one community, or through a protected account: (kind, one, other, n), sorted. Reads `flow` and `protected_account`."""
    connection.register("member", pa.table({"account_key": members}))
    settings: dict[str, dict[str, int]] = {
        BY_TRANSFERS: {},
        BY_SENDERS: {"receivers": rule.sender_receivers, "shared": rule.shared_senders, "ppm": rule.shared_ppm},
        BY_PROTECTED: {},
    }
    texts = {BY_TRANSFERS: TRANSFERS, BY_SENDERS: SENDERS, BY_PROTECTED: PROTECTED}
    parts = []
    for kind, text in texts.items():
        found = connection.execute(text, settings[kind]).fetchnumpy()
        one, other, count = (np.asarray(found[name], np.int64) for name in ("one", "other", "n"))
        parts.append(pa.table({"kind": pa.repeat(pa.scalar(kind), len(one)), "one": one, "other": other, "n": count}))
    connection.unregister("member")
    ties = pa.concat_tables(parts)
    resolution = communities.finest_stable()
    first, second = (communities.of(np.asarray(ties[name]), resolution) for name in ("one", "other"))
    through = np.asarray(pc.equal(ties["kind"], BY_PROTECTED))
    return ties.filter(pa.array(through | (first == second) | (first < 0) | (second < 0))).combine_chunks()


def group_members(members: Ints, ties: pa.Table) -> tuple[Ints, Ints]:
    """Connected groups of at least two members: (group number, account key), numbered by smallest key and sorted."""
    ends = (np.searchsorted(members, np.asarray(ties["one"])), np.searchsorted(members, np.asarray(ties["other"])))
    links = sparse.coo_array((np.ones(len(ties), np.int8), ends), shape=(len(members), len(members)))
    label = np.asarray(csgraph.connected_components(links, directed=False)[1]) if len(members) else np.empty(0, np.int64)
    size = np.bincount(label) if len(label) else np.empty(0, np.int64)
    kept = size[label] >= 2 if len(label) else np.empty(0, bool)
    _, first, place = np.unique(label[kept], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    number = rank[place]
    order = np.lexsort((members[kept], number))
    return number[order], members[kept][order]
