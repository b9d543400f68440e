-- What comes in from abroad and what the account that holds it pays out, in one order of time. Money that an adult takes from a protected
-- account counts as that adult's. Columns: account_key, holder, src (of a credit), dst (of a payment out), ts_us, transfer_id, is_out,
-- in_us (the latest credit so far), out_us (the next payment out).
WITH purse AS (SELECT DISTINCT account_key, holder FROM credit_abroad),
event AS (
    SELECT account_key, holder, src, CAST(NULL AS BIGINT) AS dst, ts_us, transfer_id, 0 AS is_out FROM credit_abroad WHERE time_known
    UNION ALL
    SELECT p.account_key, p.holder, CAST(NULL AS BIGINT) AS src, f.dst, f.ts_us, f.transfer_id, 1 AS is_out
    FROM flow f JOIN purse p ON f.src = p.holder WHERE f.time_known
)
SELECT account_key, holder, src, dst, ts_us, transfer_id, is_out,
       max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key, holder ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us,
       min(CASE WHEN is_out = 1 THEN ts_us END) OVER (PARTITION BY account_key, holder ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS out_us
FROM event
