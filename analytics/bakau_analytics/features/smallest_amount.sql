-- name: smallest_amount
-- meaning: smallest payment sent or received, as its rank among all payments of the currency
-- family: round and price-point amounts
-- grain: account
-- columns: value
-- unit: ppm of payments of the currency that are smaller
-- window: all
-- reach: all
-- null: no amounts
-- needs: src, dst, amount, currency
-- steps: payment
-- source: LSC-01 (small amounts), relative to the data set; a default of ours
-- profile: no
-- amounts: yes
WITH rung AS (
    SELECT currency, amount, CAST(count(*) AS BIGINT) AS n FROM payment WHERE amount IS NOT NULL GROUP BY currency, amount
),
ladder AS (
    SELECT currency, amount,
           CAST(sum(n) OVER (PARTITION BY currency ORDER BY amount RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) - n AS below,
           CAST(sum(n) OVER (PARTITION BY currency) AS BIGINT) AS everyone
    FROM rung
),
touched AS (
    SELECT src AS account_key, currency, min(amount) AS amount FROM payment WHERE amount IS NOT NULL GROUP BY src, currency
    UNION ALL
    SELECT dst AS account_key, currency, min(amount) AS amount FROM payment WHERE amount IS NOT NULL GROUP BY dst, currency
)
SELECT t.account_key, min(l.below * 1000000 // l.everyone) AS value
FROM touched t JOIN ladder l ON l.currency = t.currency AND l.amount = t.amount GROUP BY t.account_key
