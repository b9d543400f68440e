-- name: pause
-- meaning: gaps of at most 90 days between neighbouring payments with a known time, for each account and direction, over the scored period
-- reads: side, clock
-- kept: table
WITH spaced AS (
    SELECT account_key, is_out, known_us, ts_us - lag(ts_us) OVER (PARTITION BY account_key, is_out ORDER BY ts_us) AS gap_us
    FROM side WHERE time_known
)
SELECT account_key, is_out, min(gap_us) // 1000000 AS shortest, CAST(sum(gap_us) AS BIGINT) // count(*) // 1000000 AS mean
FROM spaced WHERE known_us > (SELECT since_us FROM clock) AND gap_us <= 7776000000000 GROUP BY account_key, is_out
