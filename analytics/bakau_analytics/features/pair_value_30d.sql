-- name: pair_value_30d
-- meaning: most value from one account to another within 30 days, in the currency of most of the pair's payments
-- family: value
-- grain: pair
-- columns: value
-- unit: minor units of that currency
-- window: 30 d, RANGE over ts_us, the start excluded; the largest that ends at a payment of the scored period
-- reach: 30 d
-- null: no amounts
-- needs: src, dst, ts_us, amount, currency
-- steps: payment
-- source: LSC-02 [V], FSX-03 [V] (bounded total)
-- profile: no
-- amounts: yes
WITH framed AS (
    SELECT src, dst, currency, known_us, CAST(sum(amount) OVER (PARTITION BY src, dst, currency ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS value
    FROM payment WHERE amount IS NOT NULL
),
peak AS (
    SELECT src, dst, currency, count(*) AS n, max(value) AS value
    FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY src, dst, currency
),
ranked AS (
    SELECT src, dst, value, row_number() OVER (PARTITION BY src, dst ORDER BY n DESC, currency) AS place FROM peak
)
SELECT src, dst, value FROM ranked WHERE place = 1
