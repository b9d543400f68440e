-- How much of what comes in from abroad is fetched at once: the share of credits after which the account that holds them pays out within the
-- window. Money that an adult takes from a protected account counts as that adult's.
WITH purse AS (SELECT DISTINCT account_key, holder FROM credit_abroad),
event AS (
    SELECT account_key, holder, src, ts_us, transfer_id, 0 AS is_out FROM credit_abroad WHERE time_known
    UNION ALL
    SELECT p.account_key, p.holder, CAST(NULL AS BIGINT) AS src, f.ts_us, f.transfer_id, 1 AS is_out
    FROM flow f JOIN purse p ON f.src = p.holder WHERE f.time_known
),
seen AS (
    SELECT account_key, src, ts_us, transfer_id, is_out,
           sum(is_out) OVER (PARTITION BY account_key, holder ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS out_after,
           sum(1 - is_out) OVER (PARTITION BY account_key, holder ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS in_before
    FROM event
),
share AS (
    SELECT account_key, CAST(sum(CASE WHEN is_out = 0 AND out_after > 0 THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // nullif(CAST(sum(1 - is_out) AS BIGINT), 0) AS ppm
    FROM seen GROUP BY account_key HAVING sum(1 - is_out) >= {min_payments} AND count(DISTINCT src) >= {min_senders}
)
SELECT s.account_key, s.transfer_id, s.ts_us, h.ppm AS observed
FROM seen s JOIN share h ON s.account_key = h.account_key
WHERE h.ppm >= {from_ppm} AND h.ppm < {to_ppm} AND (s.is_out = 0 OR s.in_before > 0)
