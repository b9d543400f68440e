-- Series as extortion makes them: one payer pays several times within the window, the amounts climb, then nothing
-- for a while though the data goes on. Counted over the payers of an account.
WITH clock AS (SELECT max(ts_us) AS end_us FROM flow),
numbered AS (
    SELECT src, dst, currency, ts_us, transfer_id, amount,
           row_number() OVER (PARTITION BY src, dst, currency ORDER BY ts_us, transfer_id) AS place,
           row_number() OVER (PARTITION BY src, dst, currency ORDER BY ts_us DESC, transfer_id DESC) AS back,
           lag(amount) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, transfer_id) AS before_amount
    FROM flow WHERE amount IS NOT NULL
),
series AS (
    SELECT src, dst, currency, count(*) AS n, min(ts_us) AS begin_us, max(ts_us) AS last_us,
           sum(CASE WHEN before_amount < amount THEN 1 ELSE 0 END) AS rises,
           max(CASE WHEN place = 1 THEN amount END) AS first_amount, max(CASE WHEN back = 1 THEN amount END) AS last_amount
    FROM numbered GROUP BY src, dst, currency HAVING count(*) >= {min_payments}
),
stopped AS (
    SELECT s.src, s.dst, s.currency FROM series s CROSS JOIN clock c
    WHERE s.last_us - s.begin_us <= {window_us} AND c.end_us - s.last_us >= {silence_us} AND s.last_amount * 1000000 >= s.first_amount * {min_growth_ppm}
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
