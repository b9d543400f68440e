-- Payments abroad that grow while the gaps between them shrink: the later half of a sender's payments in one currency beside the earlier half.
-- Payments of one moment count as falling, since nobody knows their order.
WITH numbered AS (
    SELECT src, currency, ts_us, transfer_id, amount,
           ts_us - lag(ts_us) OVER (PARTITION BY src, currency ORDER BY ts_us, amount DESC, transfer_id) AS gap_us,
           row_number() OVER (PARTITION BY src, currency ORDER BY ts_us, amount DESC, transfer_id) AS place,
           count(*) OVER (PARTITION BY src, currency) AS n
    FROM sent_abroad WHERE amount IS NOT NULL
),
half AS (
    SELECT src, currency, max(n) AS n,
           CAST(sum(CASE WHEN place * 2 <= n THEN amount ELSE 0 END) AS BIGINT) AS early, CAST(sum(CASE WHEN place * 2 > n + 1 THEN amount ELSE 0 END) AS BIGINT) AS late,
           CAST(sum(CASE WHEN place * 2 <= n THEN gap_us END) AS BIGINT) // greatest(count(CASE WHEN place * 2 <= n THEN gap_us END), 1) AS early_gap_us,
           CAST(sum(CASE WHEN place * 2 > n + 1 THEN gap_us END) AS BIGINT) // greatest(count(CASE WHEN place * 2 > n + 1 THEN gap_us END), 1) AS late_gap_us
    FROM numbered WHERE n >= {min_payments} GROUP BY src, currency
),
hit AS (
    SELECT src, currency, n FROM half
    WHERE late >= early // 1000000 * {min_growth_ppm} + early % 1000000 * {min_growth_ppm} // 1000000
      AND late_gap_us <= early_gap_us // 1000000 * {max_gap_ppm} + early_gap_us % 1000000 * {max_gap_ppm} // 1000000
)
SELECT s.src AS account_key, s.transfer_id, s.ts_us, h.n AS observed
FROM numbered s JOIN hit h ON s.src = h.src AND s.currency = h.currency
