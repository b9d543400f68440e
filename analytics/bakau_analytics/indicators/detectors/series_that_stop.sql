-- Series as extortion makes them: one payer pays several times within the window, the amounts climb, then nothing
-- for a while though the data goes on. Counted over the payers of an account.
WITH clock AS (SELECT max(ts_us) AS end_us FROM flow),
stopped AS (
    SELECT s.src, s.dst, s.currency FROM series s CROSS JOIN clock c
    WHERE s.n >= {min_payments} AND s.last_us - s.begin_us <= {window_us} AND c.end_us - s.last_us >= {silence_us} AND s.last_amount * 1000000 >= s.first_amount * {min_growth_ppm}
      AND 3 * s.rises >= 2 * (s.n - 1)
),
everybody AS (SELECT dst, count(DISTINCT src) AS payers FROM flow GROUP BY dst),
wide AS (
    SELECT s.dst, count(DISTINCT s.src) AS payers FROM stopped s JOIN everybody e ON s.dst = e.dst GROUP BY s.dst
    HAVING count(DISTINCT s.src) >= {min_payers} AND count(DISTINCT s.src) * 1000000 >= max(e.payers) * {min_share_ppm}
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.payers AS BIGINT) AS observed
FROM flow f JOIN stopped s ON f.src = s.src AND f.dst = s.dst AND f.currency = s.currency JOIN wide w ON f.dst = w.dst
WHERE f.amount IS NOT NULL
