"""Who gains from what comes in across a border: the tables `sweeper` and `credit_abroad` that detectors read beside the flow.

A credit of a protected account counts for the one who takes most of the payments out of it (two or more), so that a child's account
that stands between hides nobody; the protected account gets no row of its own. Shops, cash points and platforms serve everybody and
are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: Accounts of kinds that serve everybody: they may have a finding of their own, and tie nobody together.
SERVICE = """
CREATE OR REPLACE TEMPORARY TABLE service AS
SELECT account_key FROM account WHERE kind IN ('merchant', 'cash_point', 'platform_account') OR mcc IS NOT NULL
"""
#: Columns: holder (a protected account), account_key (who takes most of the payments out of it).
SWEEPER = """
CREATE OR REPLACE TEMPORARY TABLE sweeper AS
WITH taken AS (
    SELECT f.src AS holder, f.dst AS account_key, count(*) AS n
    FROM flow f SEMI JOIN protected_account p ON f.src = p.account_key ANTI JOIN protected_account q ON f.dst = q.account_key
    ANTI JOIN service s ON f.dst = s.account_key
    GROUP BY f.src, f.dst HAVING count(*) >= 2
),
ordered AS (SELECT holder, account_key, row_number() OVER (PARTITION BY holder ORDER BY n DESC, account_key) AS place FROM taken)
SELECT holder, account_key FROM ordered WHERE place = 1
"""
#: Columns: account_key (who gains), holder (whose account was credited), src, transfer_id, ts_us, time_known, local_hour, amount, currency.
CREDIT_ABROAD = """
CREATE OR REPLACE TEMPORARY TABLE credit_abroad AS
WITH abroad AS (SELECT * FROM flow WHERE src_country <> dst_country)
SELECT f.dst AS account_key, f.dst AS holder, f.src, f.transfer_id, f.ts_us, f.time_known, f.local_hour, f.amount, f.currency
FROM abroad f ANTI JOIN protected_account p ON f.dst = p.account_key ANTI JOIN service s ON f.dst = s.account_key
UNION ALL
SELECT s.account_key, s.holder, f.src, f.transfer_id, f.ts_us, f.time_known, f.local_hour, f.amount, f.currency
FROM abroad f JOIN sweeper s ON f.dst = s.holder WHERE f.src <> s.account_key
"""


def build_credit(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `service`, `sweeper` and `credit_abroad`. Reads `flow`, `account` and `protected_account`."""
    for text in (SERVICE, SWEEPER, CREDIT_ABROAD):
        connection.execute(text)
