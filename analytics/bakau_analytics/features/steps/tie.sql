-- name: tie
-- meaning: each payment with the one before and the one after it between the same two accounts
-- reads: payment
-- kept: table
SELECT src, dst, ts_us, known_us, time_known,
       lag(ts_us) OVER (PARTITION BY src, dst ORDER BY ts_us, known_us) AS before_us,
       lead(ts_us) OVER (PARTITION BY src, dst ORDER BY ts_us, known_us) AS after_us
FROM payment
