-- name: habit
-- meaning: what share of the payments of the last 90 days has which mark, for each account and direction
-- reads: recent
-- kept: table
SELECT account_key, is_out, count(*) AS n, count(local_hour) AS n_hour,
       sum(CASE WHEN local_hour >= 22 OR local_hour < 6 THEN 1 ELSE 0 END) AS n_night,
       count(amount) AS n_amount, sum(CASE WHEN amount % 1000 = 0 THEN 1 ELSE 0 END) AS n_round,
       sum(CASE WHEN near_country IS NOT NULL AND far_country IS NOT NULL THEN 1 ELSE 0 END) AS n_corridor,
       sum(CASE WHEN near_country <> far_country THEN 1 ELSE 0 END) AS n_abroad,
       count(DISTINCT CASE WHEN near_country <> far_country THEN far_country END) AS countries,
       count(DISTINCT near_outlet) AS outlets, count(DISTINCT channel) AS rails
FROM recent GROUP BY account_key, is_out
