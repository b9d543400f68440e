-- name: passed_on_ppm
-- meaning: value sent over value received, in the currency in which it received most payments
-- family: pass-through
-- grain: account
-- columns: value
-- unit: ppm
-- window: all
-- reach: all
-- null: no amounts, or nothing received
-- needs: src, dst, amount, currency
-- steps: payment
-- source: NET-02 [K] FATF (small retention); a default of ours
-- profile: no
-- amounts: yes
WITH moved AS (
    SELECT dst AS account_key, currency, amount AS got, CAST(0 AS BIGINT) AS gave FROM payment WHERE amount IS NOT NULL
    UNION ALL
    SELECT src AS account_key, currency, CAST(0 AS BIGINT) AS got, amount AS gave FROM payment WHERE amount IS NOT NULL
),
total AS (
    SELECT account_key, currency, CAST(sum(got) AS BIGINT) AS got, CAST(sum(gave) AS BIGINT) AS gave,
           sum(CASE WHEN got > 0 THEN 1 ELSE 0 END) AS n
    FROM moved GROUP BY account_key, currency
),
ranked AS (
    SELECT account_key, got, gave, row_number() OVER (PARTITION BY account_key ORDER BY n DESC, currency) AS place FROM total WHERE got > 0
)
SELECT account_key, CASE WHEN gave >= got * 4 THEN CAST(4000000 AS BIGINT) ELSE gave // (got // 1000000 + 1) END AS value
FROM ranked WHERE place = 1
