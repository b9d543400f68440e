-- name: bond
-- meaning: most payments within each window and gaps of at most 90 days (whole days), for each pair, over the scored period
-- reads: tie, clock
-- kept: table
WITH framed AS (
    SELECT src, dst, known_us, time_known, CASE WHEN ts_us - before_us <= 7776000000000 THEN ts_us - before_us END AS gap_us,
           CAST(sum(CASE WHEN time_known THEN 1 ELSE 0 END) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_24h,
           CAST(count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_7d,
           CAST(count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_30d
    FROM tie
)
SELECT src, dst, max(CASE WHEN time_known THEN n_24h END) AS n_24h, max(n_7d) AS n_7d, max(n_30d) AS n_30d,
       min(gap_us) // 86400000000 AS shortest, CAST(sum(gap_us) AS BIGINT) // count(gap_us) // 86400000000 AS mean
FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY src, dst
