-- name: pulse
-- meaning: most payments, distinct counterparties and payments with new ones within each window, and the most crowded day, for each account and direction, over payments of the scored period
-- reads: tie, clock
-- kept: table
-- Where two counts have the same frame they share one sum: the first below 2 to the power of 31, the second above it.
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
    SELECT dst AS account_key, 0 AS is_out, ts_us, known_us, time_known, first_seen,
           1 + ends_7d * 2147483648 AS seen_7d, 1 + ends_30d * 2147483648 AS seen_30d, 1 + ends_90d * 2147483648 AS seen_90d,
           starts_7d - ends_7d + (starts_30d - ends_30d) * 2147483648 AS open_30d, starts_90d - ends_90d AS open_90d
    FROM flagged
    UNION ALL
    SELECT src AS account_key, 1 AS is_out, ts_us, known_us, time_known, first_seen,
           1 + ends_7d * 2147483648 AS seen_7d, 1 + ends_30d * 2147483648 AS seen_30d, 1 + ends_90d * 2147483648 AS seen_90d,
           starts_7d - ends_7d + (starts_30d - ends_30d) * 2147483648 AS open_30d, starts_90d - ends_90d AS open_90d
    FROM flagged
),
framed AS (
    SELECT account_key, is_out, known_us, time_known,
           CAST(sum(CASE WHEN time_known THEN 1 ELSE 0 END) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_1h,
           CAST(sum(CASE WHEN time_known THEN 1 ELSE 0 END) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_24h,
           CAST(sum(seen_7d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS seen_7d,
           CAST(sum(seen_30d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS seen_30d,
           CAST(sum(seen_90d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 7775999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS seen_90d,
           CAST(sum(first_seen) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS new_30d,
           CAST(sum(open_30d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS open_30d,
           CAST(sum(open_90d) OVER (PARTITION BY account_key, is_out ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS open_90d
    FROM event
)
SELECT account_key, is_out, max(CASE WHEN time_known THEN n_1h END) AS n_1h, max(CASE WHEN time_known THEN n_24h END) AS n_24h,
       max(seen_7d % 2147483648) AS n_7d, max(seen_30d % 2147483648) AS n_30d, max(seen_90d % 2147483648) AS n_90d, max(new_30d) AS new_30d,
       max(open_30d % 2147483648 + seen_7d // 2147483648) AS fan_7d, max(open_30d // 2147483648 + seen_30d // 2147483648) AS fan_30d,
       max(open_90d + seen_90d // 2147483648) AS fan_90d,
       max(CASE WHEN time_known AND n_24h >= 3 THEN n_24h * 1000000 // (seen_30d % 2147483648) END) AS burst_ppm
FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY account_key, is_out
