-- Many small payments into a listed corridor, one soon after another: a run ends where the gap to the next payment is too long.
WITH listed (country) AS (VALUES {countries}),
band (currency, low, high) AS (VALUES {bands}),
small AS (
    SELECT f.src, f.ts_us, f.transfer_id,
           CASE WHEN f.ts_us - lag(f.ts_us) OVER (PARTITION BY f.src ORDER BY f.ts_us, f.transfer_id) <= {most_gap_us} THEN 0 ELSE 1 END AS begins
    FROM flow f JOIN band b ON f.currency = b.currency JOIN listed l ON f.dst_country = l.country
    WHERE f.amount >= b.low AND f.amount <= b.high AND f.src_country <> f.dst_country
),
run AS (
    SELECT src, ts_us, transfer_id,
           sum(begins) OVER (PARTITION BY src ORDER BY ts_us, transfer_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM small
),
sized AS (SELECT src, ts_us, transfer_id, CAST(count(*) OVER (PARTITION BY src, number) AS BIGINT) AS observed FROM run)
SELECT src AS account_key, transfer_id, ts_us, observed FROM sized WHERE observed >= {min_payments}
