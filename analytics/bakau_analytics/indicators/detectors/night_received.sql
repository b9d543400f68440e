-- How much of what comes in from abroad was sent late at night or early in the morning, by the sender's clock.
WITH share AS (
    SELECT account_key, CAST(sum(CASE WHEN local_hour >= {from_hour} OR local_hour < {to_hour} THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS ppm
    FROM credit_abroad WHERE local_hour IS NOT NULL GROUP BY account_key HAVING count(*) >= {min_payments} AND count(DISTINCT src) >= {min_senders}
)
SELECT c.account_key, c.transfer_id, c.ts_us, h.ppm AS observed
FROM credit_abroad c JOIN share h ON c.account_key = h.account_key
WHERE h.ppm >= {from_ppm} AND h.ppm < {to_ppm} AND c.local_hour IS NOT NULL
