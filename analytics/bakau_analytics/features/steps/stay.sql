-- name: stay
-- meaning: for each account: the longest silence of at most 90 days and the time money stays (from the last receipt to a payment sent within 7 days after it) over the scored period; what share of all it received a payment sent follows within 24 hours
-- reads: side, clock
-- kept: table
WITH framed AS (
    SELECT account_key, is_out, ts_us, time_known, known_us > (SELECT since_us FROM clock) AS counts,
           ts_us - lag(ts_us) OVER (PARTITION BY account_key ORDER BY ts_us, known_us) AS gap_us,
           max(CASE WHEN is_out = 0 AND time_known THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS got_us,
           sum(CASE WHEN is_out = 1 AND time_known THEN 1 ELSE 0 END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND 86400000000 FOLLOWING) AS next_out
    FROM side
),
known AS (
    SELECT account_key, CASE WHEN counts AND gap_us <= 7776000000000 THEN gap_us END AS gap_us,
           CASE WHEN counts AND is_out = 1 AND time_known THEN ts_us - got_us END AS stay_us,
           CASE WHEN is_out = 0 AND time_known THEN 1 ELSE 0 END AS received,
           CASE WHEN is_out = 0 AND time_known AND next_out > 0 THEN 1 ELSE 0 END AS followed
    FROM framed
)
SELECT account_key, max(gap_us) // 86400000000 AS silence_days, min(stay_us) // 1000000 AS shortest,
       CAST(sum(stay_us) AS BIGINT) // count(stay_us) // 1000000 AS mean,
       CAST(sum(followed) AS BIGINT) * 1000000 // nullif(CAST(sum(received) AS BIGINT), 0) AS onward_ppm
FROM known GROUP BY account_key
