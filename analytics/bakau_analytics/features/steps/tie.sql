-- name: tie
-- meaning: each payment with the one before and the one after it between the same two accounts, and how many there are within each window (day: those at known times, times 2 to the power of 31, and all)
-- reads: payment
-- kept: table
SELECT src, dst, ts_us, known_us, time_known,
       lag(ts_us) OVER (PARTITION BY src, dst ORDER BY ts_us, known_us) AS before_us,
       lead(ts_us) OVER (PARTITION BY src, dst ORDER BY ts_us, known_us) AS after_us,
       CAST(sum(CASE WHEN time_known THEN 2147483649 ELSE 1 END) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS day,
       CAST(count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_7d,
       CAST(count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS n_30d
FROM payment
