-- How much of what comes in from abroad one payer makes: the share of the credits that the most frequent payer sends.
WITH share AS (
    SELECT account_key, CAST(max(n) AS BIGINT) * 1000000 // CAST(sum(n) AS BIGINT) AS ppm
    FROM payer GROUP BY account_key HAVING sum(n) >= {min_payments} AND count(*) >= {min_senders}
)
SELECT c.account_key, c.transfer_id, c.ts_us, h.ppm AS observed
FROM credit_abroad c JOIN share h ON c.account_key = h.account_key WHERE h.ppm >= {from_ppm} AND h.ppm < {to_ppm}
