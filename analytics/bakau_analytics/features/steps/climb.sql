-- name: climb
-- meaning: for each pair, over the scored period: most payments within 90 days that rise above the one before in their currency, at most 20 days after it; most value within 30 days in the currency of most of its payments
-- reads: payment, clock
-- kept: table
WITH series AS (
    SELECT src, dst, currency, ts_us, known_us, amount,
           lag(amount) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, known_us, amount) AS amount_before,
           lag(ts_us) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, known_us, amount) AS before_us,
           CAST(sum(amount) OVER (PARTITION BY src, dst, currency ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS value
    FROM payment WHERE amount IS NOT NULL
),
framed AS (
    SELECT src, dst, currency, known_us, value,
           CAST(sum(CASE WHEN amount > amount_before AND ts_us - before_us <= 1728000000000 THEN 1 ELSE 0 END) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 7775999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS climbs
    FROM series
),
peak AS (
    SELECT src, dst, currency, count(*) AS n, max(climbs) AS climbs, max(value) AS value
    FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY src, dst, currency
),
ranked AS (
    SELECT src, dst, value, row_number() OVER (PARTITION BY src, dst ORDER BY n DESC, currency) AS place, max(climbs) OVER (PARTITION BY src, dst) AS climbs
    FROM peak
)
SELECT src, dst, climbs, value FROM ranked WHERE place = 1
