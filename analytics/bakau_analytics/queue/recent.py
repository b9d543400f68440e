"""What happened last around the subjects of findings: counts by which people order their work, never a part of a score.

Looked at are the payments between the two ends of each evidence transfer, evidence or not, held against the last payment of the data (not
against today: data may be months old). Kept per subject, so that somebody who is protected later takes their part away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.times import DAY_US

if TYPE_CHECKING:
    import duckdb

    from bakau_analytics.findings.assemble import Draft

#: Days before the end of the data. The issue that asked for this names 7 and 30; 90 for a ticket is a default of ours (LSC-16).
SHORT_DAYS, LONG_DAYS, TRAVEL_DAYS = 7, 30, 90
#: Merchant categories of tickets: airlines (3000 to 3299, 4511) and travel agencies (4722), ISO 18245.
TRAVEL = "(a.mcc BETWEEN '3000' AND '3299' OR a.mcc IN ('4511', '4722'))"

RECENT = pa.schema(
    {
        "grp": pa.int64(), "account_key": pa.int64(), "payments_7d": pa.int64(), "payments_30d": pa.int64(), "payments_before": pa.int64(),
        "new_receivers": pa.int64(), "tickets": pa.int64(), "is_reachable": pa.bool_(), "last_us": pa.int64(),
    }
)  # fmt: skip

_RECENT = f"""
WITH edge AS (SELECT max(ts_us) AS end_us FROM flow),
pair AS (
    SELECT DISTINCT e.grp, CASE WHEN t.account_key IS NULL THEN f.src ELSE f.dst END AS account_key, f.src, f.dst
    FROM evidence_of e JOIN flow f USING (transfer_id)
    LEFT JOIN subject_of t ON t.grp = e.grp AND t.account_key = f.dst
),
payment AS (
    SELECT p.grp, p.account_key, f.src, f.dst, f.ts_us, end_us - f.ts_us AS age_us
    FROM pair p JOIN flow f ON f.src = p.src AND f.dst = p.dst CROSS JOIN edge
),
begun AS (SELECT grp, dst, min(age_us) AS youngest, max(age_us) AS oldest, min(account_key) AS account_key FROM payment GROUP BY grp, dst),
whole AS (SELECT grp, max(oldest) AS oldest FROM begun GROUP BY grp),
fresh AS (
    SELECT b.grp, b.account_key, count(*) AS new_receivers FROM begun b JOIN whole w USING (grp)
    WHERE b.oldest < {LONG_DAYS * DAY_US} AND w.oldest >= {LONG_DAYS * DAY_US} GROUP BY b.grp, b.account_key
),
ticket AS (
    SELECT p.grp, p.account_key, count(DISTINCT f.transfer_id) AS tickets
    FROM (SELECT grp, account_key, src, min(ts_us) AS first_us, max(ts_us) AS last_us FROM payment GROUP BY grp, account_key, src) p
    ANTI JOIN protected_account h ON h.account_key = p.src
    JOIN flow f ON f.src = p.src JOIN account a ON a.account_key = f.dst
    WHERE {TRAVEL} AND f.ts_us >= p.first_us AND f.ts_us <= p.last_us + {TRAVEL_DAYS * DAY_US} GROUP BY p.grp, p.account_key
),
counted AS (
    SELECT grp, account_key, count(*) FILTER (WHERE age_us < {SHORT_DAYS * DAY_US}) AS payments_7d,
           count(*) FILTER (WHERE age_us < {LONG_DAYS * DAY_US}) AS payments_30d,
           count(*) FILTER (WHERE age_us >= {LONG_DAYS * DAY_US} AND age_us < {2 * LONG_DAYS * DAY_US}) AS payments_before, max(ts_us) AS last_us
    FROM payment GROUP BY grp, account_key
)
SELECT s.grp, s.account_key, coalesce(c.payments_7d, 0) AS payments_7d, coalesce(c.payments_30d, 0) AS payments_30d,
       coalesce(c.payments_before, 0) AS payments_before, coalesce(n.new_receivers, 0) AS new_receivers, coalesce(t.tickets, 0) AS tickets,
       a.institution_id IS NOT NULL AND coalesce(a.status, '') NOT IN ('closed', 'blocked') AS is_reachable, c.last_us
FROM subject_of s LEFT JOIN counted c USING (grp, account_key) LEFT JOIN fresh n USING (grp, account_key)
LEFT JOIN ticket t USING (grp, account_key) LEFT JOIN account a ON a.account_key = s.account_key
ORDER BY s.grp, s.account_key
"""


def find_recent(connection: duckdb.DuckDBPyConnection, draft: Draft) -> pa.Table:
    """One row per finding and subject, as RECENT. Reads `flow`, `account` and `protected_account`."""
    connection.register("evidence_of", draft.evidence.select(["grp", "transfer_id"]))
    connection.register("subject_of", draft.subjects.select(["grp", "account_key"]))
    found = connection.sql(_RECENT).to_arrow_table()
    for name in ("evidence_of", "subject_of"):
        connection.unregister(name)
    return found.select(RECENT.names).cast(RECENT)
