-- name: burst_received_24h
-- meaning: most payments from one sender within 24 hours (a date alone: on one date)
-- unit: count
-- window: 24 h, RANGE over ts_us, exclusive
-- null: never
-- needs: src, dst, ts_us
-- source: LSC-12 [K] Egmont/AMLC, seen from the receiver; a default of ours
-- profile: no
-- amounts: no
WITH run AS (
    SELECT dst, count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n FROM flow
)
SELECT dst AS account_key, CAST(max(n) AS BIGINT) AS value FROM run GROUP BY dst
