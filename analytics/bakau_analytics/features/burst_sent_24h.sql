-- name: burst_sent_24h
-- meaning: most payments to one receiver within 24 hours (a date alone: on one date)
-- unit: count
-- window: 24 h, RANGE over ts_us, exclusive
-- null: never
-- needs: src, dst, ts_us
-- source: LSC-12 [K] Egmont/AMLC; 24 h is the published "within a day"
-- profile: no
-- amounts: no
WITH run AS (
    SELECT src, count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n FROM flow
)
SELECT src AS account_key, CAST(max(n) AS BIGINT) AS value FROM run GROUP BY src
