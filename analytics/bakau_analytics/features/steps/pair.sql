-- name: pair
-- meaning: each ordered pair with a payment: how many, in how many months of 30 days since 1970, most within 24 hours (a date alone counts on its date); over the scored period most within each window, gaps of at most 90 days (whole days)
-- reads: tie, clock
-- kept: table
WITH spaced AS (
    SELECT src, dst, ts_us, before_us, day, n_7d, n_30d, time_known, known_us > (SELECT since_us FROM clock) AS counts,
           CASE WHEN ts_us - before_us <= 7776000000000 AND known_us > (SELECT since_us FROM clock) THEN ts_us - before_us END AS gap_us
    FROM tie
)
SELECT src, dst, count(*) AS n,
       CAST(sum(CASE WHEN before_us IS NULL OR ts_us // 2592000000000 <> before_us // 2592000000000 THEN 1 ELSE 0 END) AS BIGINT) AS months,
       max(day % 2147483648) AS run, max(CASE WHEN counts AND time_known THEN day // 2147483648 END) AS n_24h,
       max(CASE WHEN counts THEN n_7d END) AS n_7d, max(CASE WHEN counts THEN n_30d END) AS n_30d,
       min(gap_us) // 86400000000 AS shortest, CAST(sum(gap_us) AS BIGINT) // count(gap_us) // 86400000000 AS mean
FROM spaced GROUP BY src, dst
