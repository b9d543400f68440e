-- name: top_amounts_ppm
-- meaning: share of the payments received that carry one of the account's three commonest amounts
-- family: round and price-point amounts
-- grain: account
-- columns: value
-- unit: ppm
-- window: all
-- reach: all
-- null: no amounts
-- needs: src, dst, amount, currency
-- steps: payment
-- source: FAC-09 [D]
-- profile: no
-- amounts: yes
WITH price AS (
    SELECT dst, currency, amount, count(*) AS n FROM payment WHERE amount IS NOT NULL GROUP BY dst, currency, amount
),
ranked AS (
    SELECT dst, n, row_number() OVER (PARTITION BY dst ORDER BY n DESC) AS place FROM price
)
SELECT dst AS account_key, CAST(sum(CASE WHEN place <= 3 THEN n ELSE 0 END) AS BIGINT) * 1000000 // CAST(sum(n) AS BIGINT) AS value
FROM ranked GROUP BY dst
