-- Series of a payer that start small, climb and stay within a total: several payers of one account. `starts` bounds the first payment and
-- `totals` the sum of a currency.
WITH begun (currency, low, high) AS (VALUES {starts}),
bound (currency, low, high) AS (VALUES {totals}),
climbing AS (
    SELECT s.src, s.dst, s.currency FROM series s JOIN begun g ON s.currency = g.currency JOIN bound b ON s.currency = b.currency
    WHERE s.n >= {min_payments} AND s.last_us - s.begin_us <= {window_us} AND s.first_amount >= g.low AND s.first_amount <= g.high
      AND s.total >= b.low AND s.total <= b.high AND s.last_amount * 1000000 >= s.first_amount * {min_growth_ppm} AND 3 * s.rises >= 2 * (s.n - 1)
),
wide AS (SELECT dst, count(DISTINCT src) AS payers FROM climbing GROUP BY dst HAVING count(DISTINCT src) >= {min_payers})
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.payers AS BIGINT) AS observed
FROM flow f JOIN climbing s ON f.src = s.src AND f.dst = s.dst AND f.currency = s.currency JOIN wide w ON f.dst = w.dst
WHERE f.amount IS NOT NULL
