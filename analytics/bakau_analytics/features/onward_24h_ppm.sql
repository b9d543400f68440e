-- name: onward_24h_ppm
-- meaning: share of the payments received that are followed by a payment sent within 24 hours
-- family: pass-through
-- grain: account
-- columns: value
-- unit: ppm
-- window: 24 h, RANGE over ts_us, inclusive
-- reach: all
-- null: nothing received with a known time of day
-- needs: src, dst, ts_us, time_known
-- steps: payment
-- source: FAC-03 [K] FATF/Egmont without amounts; 24 h is a default of ours
-- profile: no
-- amounts: no
WITH event AS (
    SELECT dst AS account_key, ts_us, 0 AS is_out FROM payment WHERE time_known
    UNION ALL
    SELECT src AS account_key, ts_us, 1 AS is_out FROM payment WHERE time_known
),
seen AS (
    SELECT account_key, is_out,
           sum(is_out) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND 86400000000 FOLLOWING) AS next_out
    FROM event
)
SELECT account_key, CAST(sum(CASE WHEN next_out > 0 THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS value
FROM seen WHERE is_out = 0 GROUP BY account_key
