-- name: run
-- meaning: most payments within 24 hours from one account to another; a date alone counts on its date
-- reads: payment
-- kept: table
WITH framed AS (
    SELECT src, dst, count(*) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n FROM payment
)
SELECT src, dst, max(n) AS n FROM framed GROUP BY src, dst
