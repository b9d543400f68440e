-- How much of what comes in from abroad sits on the three commonest amounts.
WITH price AS (
    SELECT account_key, currency, amount, count(*) AS n FROM credit_abroad WHERE amount IS NOT NULL GROUP BY account_key, currency, amount
),
ranked AS (SELECT account_key, n, row_number() OVER (PARTITION BY account_key ORDER BY n DESC, currency, amount) AS place FROM price),
share AS (
    SELECT account_key, CAST(sum(CASE WHEN place <= 3 THEN n ELSE 0 END) AS BIGINT) * 1000000 // CAST(sum(n) AS BIGINT) AS ppm
    FROM ranked GROUP BY account_key HAVING sum(n) >= {min_payments}
),
wide AS (SELECT account_key FROM credit_abroad GROUP BY account_key HAVING count(DISTINCT src) >= {min_senders})
SELECT c.account_key, c.transfer_id, c.ts_us, h.ppm AS observed
FROM credit_abroad c JOIN share h ON c.account_key = h.account_key JOIN wide w ON c.account_key = w.account_key
WHERE h.ppm >= {from_ppm} AND h.ppm < {to_ppm} AND c.amount IS NOT NULL
