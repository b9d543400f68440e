-- The payments of one account to another in one currency, two or more with an amount: how they begin, climb and end.
-- Columns: src, dst, currency, n, begin_us, last_us, rises (payments above the one before), first_amount, last_amount, total.
-- Payments of one moment count as falling, since nobody knows their order.
WITH often AS (SELECT src, dst, currency FROM flow WHERE amount IS NOT NULL GROUP BY src, dst, currency HAVING count(*) >= 2),
numbered AS (
    SELECT f.src, f.dst, f.currency, f.ts_us, f.amount,
           lag(f.amount) OVER (PARTITION BY f.src, f.dst, f.currency ORDER BY f.ts_us, f.amount DESC, f.transfer_id) AS before_amount,
           lead(f.amount) OVER (PARTITION BY f.src, f.dst, f.currency ORDER BY f.ts_us, f.amount DESC, f.transfer_id) AS after_amount
    FROM flow f JOIN often o ON f.src = o.src AND f.dst = o.dst AND f.currency = o.currency WHERE f.amount IS NOT NULL
)
SELECT src, dst, currency, count(*) AS n, min(ts_us) AS begin_us, max(ts_us) AS last_us,
       sum(CASE WHEN before_amount < amount THEN 1 ELSE 0 END) AS rises,
       max(CASE WHEN before_amount IS NULL THEN amount END) AS first_amount, max(CASE WHEN after_amount IS NULL THEN amount END) AS last_amount,
       CAST(sum(amount) AS BIGINT) AS total
FROM numbered GROUP BY src, dst, currency
