-- Payers on the crypto rail who pay one account about the same sum at about the same gap, several times, as for a subscription.
WITH spaced AS (
    SELECT src, dst, currency, amount, ts_us - lag(ts_us) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, transfer_id) AS gap_us
    FROM coin WHERE amount IS NOT NULL
),
regular AS (
    SELECT src, dst, currency FROM spaced GROUP BY src, dst, currency
    HAVING count(*) >= {min_payments} AND min(gap_us) >= {least_gap_us} AND max(gap_us) <= {most_gap_us}
       AND (max(gap_us) - min(gap_us)) <= min(gap_us) // 1000000 * {spread_ppm} AND (max(amount) - min(amount)) * 1000000 <= min(amount) * {spread_ppm}
),
wide AS (SELECT dst, count(DISTINCT src) AS payers FROM regular GROUP BY dst HAVING count(DISTINCT src) >= {min_payers})
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.payers AS BIGINT) AS observed
FROM coin f JOIN regular r ON f.src = r.src AND f.dst = r.dst AND f.currency = r.currency JOIN wide w ON f.dst = w.dst
WHERE f.amount IS NOT NULL
