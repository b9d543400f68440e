-- Even sums sent abroad: of the payments up to the higher number of its currency, the share that are multiples of the lower one.
WITH unit (currency, low, high) AS (VALUES {units}),
small AS (
    SELECT f.src, f.transfer_id, f.ts_us, CASE WHEN f.amount % u.low = 0 THEN 1 ELSE 0 END AS is_even
    FROM sent_abroad f JOIN unit u ON f.currency = u.currency WHERE f.amount > 0 AND f.amount <= u.high
),
share AS (
    SELECT src, CAST(sum(is_even) AS BIGINT) * 1000000 // count(*) AS ppm FROM small GROUP BY src HAVING count(*) >= {min_payments}
)
SELECT s.src AS account_key, s.transfer_id, s.ts_us, h.ppm AS observed FROM small s JOIN share h ON s.src = h.src WHERE h.ppm >= {min_share_ppm}
