-- name: climb
-- meaning: most payments within 90 days that rise above the one before in their currency, at most 20 days after it, for each pair, over the scored period
-- reads: payment, clock
-- kept: table
WITH series AS (
    SELECT src, dst, ts_us, known_us, amount,
           lag(amount) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, known_us, amount) AS amount_before,
           lag(ts_us) OVER (PARTITION BY src, dst, currency ORDER BY ts_us, known_us, amount) AS before_us
    FROM payment WHERE amount IS NOT NULL
),
framed AS (
    SELECT src, dst, known_us,
           CAST(sum(CASE WHEN amount > amount_before AND ts_us - before_us <= 1728000000000 THEN 1 ELSE 0 END) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 7775999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS climbs
    FROM series
)
SELECT src, dst, max(climbs) AS climbs FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY src, dst
