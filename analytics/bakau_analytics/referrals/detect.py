"""Which accounts show a sign, by which rules, and when it was last seen.

*Referable* are protected accounts (whoever is known to be a minor, or marked as a possible victim), and accounts of people whose age
nobody stated, for the rules that say so (docs/decisions/0016). What comes out is no number
about them: which rules speak, and the times of the payments they rest on. Nothing of it goes into a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

    from bakau_analytics.referrals.pack import VictimPack

#: Signs: account_key, rule, whether the account is protected (else its age is not known), and time of the first and last payment it rests on, and how many.
SIGN = pa.schema(
    {
        "account_key": pa.int64(), "rule": pa.string(), "is_protected": pa.bool_(), "payments": pa.int64(), "first_us": pa.int64(),
        "last_us": pa.int64(),
    }
)  # fmt: skip

#: Whoever pays or is paid more often is no child: so many payments, a default of ours.
MOST_PAYMENTS = 5_000
#: Protected accounts, and those that a person of unknown age holds: no shop, no cash point, no organisation alone. A mere name on a statement
#: leaves nothing open where another record says of the account that its owner is an adult; where nobody's age is stated, an unknown one says nothing.
REFERABLE = """
CREATE OR REPLACE TEMPORARY TABLE referable_account AS
WITH grown AS (SELECT DISTINCT account_key FROM holding SEMI JOIN adult_party USING (party_key) WHERE role = 'owner'),
ageless AS (
    SELECT DISTINCT h.account_key FROM holding h JOIN party p USING (party_key) JOIN account a USING (account_key)
    LEFT JOIN grown g USING (account_key)
    ANTI JOIN adult_party y USING (party_key) ANTI JOIN adult_account d USING (account_key) ANTI JOIN protected_account q USING (account_key)
    WHERE coalesce(p.kind, 'unknown') <> 'organisation' AND coalesce(a.kind, '') NOT IN ('merchant', 'cash_point') AND a.mcc IS NULL
      AND (p.kind = 'person' OR g.account_key IS NULL)
      AND EXISTS (SELECT 1 FROM adult_party UNION ALL SELECT 1 FROM adult_account UNION ALL SELECT 1 FROM protected_account)
),
busy AS (
    SELECT account_key FROM (SELECT src_key AS account_key FROM transfer UNION ALL SELECT dst_key FROM transfer)
    SEMI JOIN ageless USING (account_key) GROUP BY account_key HAVING count(*) > $most
)
SELECT account_key, true AS is_protected FROM protected_account
UNION ALL SELECT account_key, false FROM ageless ANTI JOIN busy USING (account_key)
"""

#: Settled payments of referable accounts alone, so that it takes no reading of everything else twice.
FLOW = """
CREATE OR REPLACE TEMPORARY TABLE flow AS
SELECT transfer_id, src_key AS src, dst_key AS dst, ts_us, channel, src_country, dst_country, batch_id
FROM transfer
WHERE status = 'settled' AND src_key <> dst_key
  AND (src_key IN (SELECT account_key FROM referable_account) OR dst_key IN (SELECT account_key FROM referable_account))
"""
#: Pairs of accounts, both ways, that share a holder or whose holders a source calls kin.
TIED = """
CREATE OR REPLACE TEMPORARY TABLE tied AS
SELECT a.account_key AS one, b.account_key AS other, true AS same_holder
FROM holding a JOIN holding b ON a.party_key = b.party_key WHERE a.account_key <> b.account_key
UNION
SELECT a.account_key, b.account_key, false FROM relation r
JOIN holding a ON a.party_key = r.subject_key JOIN holding b ON b.party_key = r.object_key WHERE r.kind = 'kin'
UNION
SELECT b.account_key, a.account_key, false FROM relation r
JOIN holding a ON a.party_key = r.subject_key JOIN holding b ON b.party_key = r.object_key WHERE r.kind = 'kin'
"""
#: One row per account and rule; with batches only signs that rest on one of their payments.
SIGNS = """
SELECT s.account_key, r.is_protected, count(*) AS payments, min(s.ts_us) AS first_us, max(s.ts_us) AS last_us
FROM ({rule}) s JOIN referable_account r ON r.account_key = s.account_key LEFT JOIN fresh_payment n ON n.transfer_id = s.transfer_id
WHERE r.is_protected OR $age_unknown
GROUP BY s.account_key, r.is_protected HAVING $everything OR count(n.transfer_id) > 0 ORDER BY s.account_key
"""
FRESH = "CREATE OR REPLACE TEMPORARY TABLE fresh_payment AS SELECT transfer_id FROM flow SEMI JOIN fresh_batch USING (batch_id)"


def find_signs(connection: duckdb.DuckDBPyConnection, pack: VictimPack, *, batches: list[str] | None = None) -> pa.Table:
    """Every sign as SIGN, by rule and account. `connection` is one of `Snapshot.connect`; its table `flow` is made anew.

    With `batches` only signs that rest on at least one payment of these batches.
    """
    connection.execute(REFERABLE, {"most": MOST_PAYMENTS})
    connection.execute(FLOW)
    connection.execute(TIED)
    return evaluate_rules(connection, pack, batches=batches)


def evaluate_rules(connection: duckdb.DuckDBPyConnection, pack: VictimPack, *, batches: list[str] | None = None) -> pa.Table:
    """The signs over the tables `flow`, `tied`, `account` and `referable_account`."""
    connection.register("fresh_batch", pa.table({"batch_id": pa.array(batches or [], pa.string())}))
    connection.execute(FRESH)
    parts = [SIGN.empty_table()]
    for rule in pack.rules:
        rows = connection.sql(
            SIGNS.format(rule=rule.sql()), params={"everything": batches is None, "age_unknown": rule.age_unknown}
        ).to_arrow_table()
        named = rows.append_column("rule", pa.repeat(pa.scalar(rule.id, pa.string()), len(rows)))
        parts.append(named.select(SIGN.names).cast(SIGN))
    connection.unregister("fresh_batch")
    return pa.concat_tables(parts).combine_chunks()
