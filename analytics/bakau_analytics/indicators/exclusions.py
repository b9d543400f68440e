"""Exclusions: look-alikes that a rule leaves out, by name. A payment between such a pair is not there for the rule, so it makes no hit.

A rule names them in its pack; what each name means is said here, once. They rest on facts that a source states (who holds an account, who is kin, who is
a merchant) or on the calendar alone, never on a country, a sex or an age. What people say of each other is no proof, so `bakau indicators run` counts
whom an exclusion spares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.times import DAY_US
from bakau_analytics.indicators.tables import load_tables

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

#: A payment every month: so many or more, and no gap shorter or longer than a calendar month and a few days. Defaults of ours.
MONTHLY_PAYMENTS, MONTHLY_LEAST_US, MONTHLY_MOST_US = 4, 26 * DAY_US, 35 * DAY_US

#: Exclusion → what it leaves out, for people.
WORDS = {
    "same_holder": "between accounts of one holder",
    "kin": "between holders whom a source calls kin",
    "merchant": "to a registered merchant",
    "monthly": "once a month to the same account (wages, rent, family support)",
}
#: What touches a protected account is never left out: where a family is the facilitator, kin and guardians are who takes the money.
PAIRS = """
SELECT f.src, f.dst, count(*) AS n FROM flow f
ANTI JOIN protected_account s ON f.src = s.account_key ANTI JOIN protected_account d ON f.dst = d.account_key
GROUP BY f.src, f.dst
"""
#: Columns: src, dst, why. One row per ordered pair and exclusion.
EXCLUDED = "CREATE OR REPLACE TEMPORARY TABLE excluded_pair (src BIGINT, dst BIGINT, why VARCHAR)"
#: Holders of the payer's account beside each pair, made first: joining holdings with each other would grow with the square of a company's accounts.
_PAYER = "payer AS MATERIALIZED (SELECT p.src, p.dst, h.party_key FROM pair p JOIN holding h ON h.account_key = p.src)"
#: Exclusion → src, dst of the pairs it leaves out. Reads `pair` (PAIRS) and the facts.
PAIRS_OF = {
    "same_holder": f"""
        WITH {_PAYER}
        SELECT DISTINCT p.src, p.dst FROM payer p JOIN holding h ON h.account_key = p.dst AND h.party_key = p.party_key
    """,
    "kin": f"""
        WITH {_PAYER}, kin AS ({load_tables()["kin"]}),
        related AS MATERIALIZED (SELECT p.src, p.dst, k.other FROM payer p JOIN kin k ON k.one = p.party_key)
        SELECT DISTINCT r.src, r.dst FROM related r JOIN holding h ON h.account_key = r.dst AND h.party_key = r.other
    """,
    "merchant": "SELECT p.src, p.dst FROM pair p JOIN account a ON a.account_key = p.dst WHERE a.kind = 'merchant' OR a.mcc IS NOT NULL",
    "monthly": f"""
        WITH step AS (
            SELECT f.src, f.dst, f.ts_us - lag(f.ts_us) OVER (PARTITION BY f.src, f.dst ORDER BY f.ts_us) AS gap_us
            FROM flow f JOIN pair p ON f.src = p.src AND f.dst = p.dst WHERE p.n >= {MONTHLY_PAYMENTS}
        )
        SELECT src, dst FROM step GROUP BY src, dst HAVING min(gap_us) >= {MONTHLY_LEAST_US} AND max(gap_us) <= {MONTHLY_MOST_US}
    """,
}
_SEEN = "SELECT DISTINCT why FROM excluded_pair"
_DROP = "DROP TABLE pair"


def find_excluded(connection: duckdb.DuckDBPyConnection, kinds: Collection[str]) -> frozenset[str]:
    """Make the table `excluded_pair` for these exclusions, and say which of them leave out anything at all.

    Reads `flow`, `account`, `protected_account`, and for ties `holding` and `relation`.
    """
    connection.execute(EXCLUDED)
    if not kinds:
        return frozenset()
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE pair AS {PAIRS}")
    for kind in sorted(kinds):
        connection.execute(f"INSERT INTO excluded_pair SELECT src, dst, '{kind}' FROM ({PAIRS_OF[kind]})")
    connection.execute(_DROP)
    return frozenset(str(row[0]) for row in connection.execute(_SEEN).fetchall())


def leave_out(sql: str, kinds: Collection[str]) -> str:
    """A detector's text over a `flow` without the pairs of these exclusions; the text as it is when there are none."""
    if not kinds:
        return sql
    names = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    return f"""
WITH flow AS NOT MATERIALIZED (
    SELECT f.* FROM temp.flow f
    ANTI JOIN (SELECT DISTINCT src, dst FROM excluded_pair WHERE why IN ({names})) e ON f.src = e.src AND f.dst = e.dst
)
SELECT * FROM ({sql})
"""


def describe(kinds: Collection[str]) -> str:
    """What these exclusions leave out, in words; empty for none."""
    return "payments " + "; ".join(words for kind, words in WORDS.items() if kind in kinds) if kinds else ""
