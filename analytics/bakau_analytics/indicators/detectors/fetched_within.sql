-- How much of what comes in from abroad is fetched at once: the share of credits after which the account that holds them pays out within the
-- window. Money that an adult takes from a protected account counts as that adult's.
WITH share AS (
    SELECT account_key, CAST(sum(CASE WHEN is_out = 0 AND out_us - ts_us <= {window_us} THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // nullif(CAST(sum(1 - is_out) AS BIGINT), 0) AS ppm
    FROM purse_event GROUP BY account_key HAVING sum(1 - is_out) >= {min_payments} AND count(DISTINCT src) >= {min_senders}
)
SELECT e.account_key, e.transfer_id, e.ts_us, h.ppm AS observed
FROM purse_event e JOIN share h ON e.account_key = h.account_key
WHERE h.ppm >= {from_ppm} AND h.ppm < {to_ppm} AND (e.is_out = 0 OR e.ts_us - e.in_us <= {window_us})
