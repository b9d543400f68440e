-- name: pulse
-- meaning: most payments, distinct counterparties and payments with new ones within each window, and the most crowded day, for each account and direction, over payments of the scored period
-- reads: tie, clock
-- kept: table
WITH flagged AS (
    SELECT src, dst, ts_us, known_us, time_known,
           CASE WHEN before_us IS NULL OR ts_us - before_us > 5184000000000 THEN 1 ELSE 0 END AS first_seen,
           CASE WHEN before_us IS NULL OR ts_us - before_us >= 604800000000 THEN 1 ELSE 0 END AS starts_7d,
           CASE WHEN after_us IS NULL OR after_us - ts_us >= 604800000000 THEN 1 ELSE 0 END AS ends_7d,
           CASE WHEN before_us IS NULL OR ts_us - before_us >= 2592000000000 THEN 1 ELSE 0 END AS starts_30d,
           CASE WHEN after_us IS NULL OR after_us - ts_us >= 2592000000000 THEN 1 ELSE 0 END AS ends_30d,
           CASE WHEN before_us IS NULL OR ts_us - before_us >= 7776000000000 THEN 1 ELSE 0 END AS starts_90d,
           CASE WHEN after_us IS NULL OR after_us - ts_us >= 7776000000000 THEN 1 ELSE 0 END AS ends_90d
    FROM tie
),
event AS (
    SELECT dst AS account_key, 0 AS is_out, ts_us, known_us, time_known, first_seen, starts_7d, ends_7d, starts_30d, ends_30d, starts_90d, ends_90d FROM flagged
    UNION ALL
    SELECT src AS account_key, 1 AS is_out, ts_us, known_us, time_known, first_seen, starts_7d, ends_7d, starts_30d, ends_30d, starts_90d, ends_90d FROM flagged
),
framed AS (
    SELECT account_key, is_out, known_us, time_known,
           CAST(sum(CASE WHEN time_known THEN 1 ELSE 0 END) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_1h,
           CAST(sum(CASE WHEN time_known THEN 1 ELSE 0 END) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_24h,
           count(*) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS n_7d,
           count(*) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS n_30d,
           count(*) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 7775999999999 PRECEDING AND CURRENT ROW) AS n_90d,
           CAST(sum(first_seen) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS new_30d,
           sum(starts_7d - ends_7d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
               + sum(ends_7d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS fan_7d,
           sum(starts_30d - ends_30d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
               + sum(ends_30d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS fan_30d,
           sum(starts_90d - ends_90d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
               + sum(ends_90d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 7775999999999 PRECEDING AND CURRENT ROW) AS fan_90d
    FROM event
)
SELECT account_key, is_out, max(CASE WHEN time_known THEN n_1h END) AS n_1h, max(CASE WHEN time_known THEN n_24h END) AS n_24h,
       max(n_7d) AS n_7d, max(n_30d) AS n_30d, max(n_90d) AS n_90d, max(new_30d) AS new_30d,
       CAST(max(fan_7d) AS BIGINT) AS fan_7d, CAST(max(fan_30d) AS BIGINT) AS fan_30d, CAST(max(fan_90d) AS BIGINT) AS fan_90d,
       max(CASE WHEN time_known AND n_24h >= 3 THEN n_24h * 1000000 // n_30d END) AS burst_ppm
FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY account_key, is_out
