-- Payments received sit on few price points: the three commonest amounts of a currency make up most of them, from several senders.
WITH price AS (
    SELECT dst, currency, amount, count(*) AS n FROM flow WHERE amount IS NOT NULL GROUP BY dst, currency, amount
),
ranked AS (
    SELECT dst, currency, n, row_number() OVER (PARTITION BY dst, currency ORDER BY n DESC, amount) AS place FROM price
),
share AS (
    SELECT dst, currency, CAST(sum(CASE WHEN place <= 3 THEN n ELSE 0 END) AS BIGINT) * 1000000 // CAST(sum(n) AS BIGINT) AS ppm
    FROM ranked GROUP BY dst, currency HAVING sum(n) >= {min_payments}
),
wide AS (
    SELECT dst, currency FROM flow GROUP BY dst, currency HAVING count(DISTINCT src) >= {min_senders}
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, s.ppm AS observed
FROM flow f JOIN share s ON f.dst = s.dst AND f.currency = s.currency JOIN wide w ON f.dst = w.dst AND f.currency = w.currency
WHERE s.ppm >= {min_share_ppm} AND f.amount IS NOT NULL
