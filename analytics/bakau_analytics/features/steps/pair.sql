-- name: pair
-- meaning: each ordered pair with a payment, and in how many months of 30 days since 1970 it has one
-- reads: payment
-- kept: table
SELECT src, dst, count(DISTINCT ts_us // 2592000000000) AS months FROM payment GROUP BY src, dst
