-- name: price_points
-- meaning: different amounts (with their currency) received and sent
-- family: round and price-point amounts
-- grain: account
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no amounts
-- needs: src, dst, ts_us, amount, currency
-- steps: price
-- source: FAC-09 [D]
-- profile: no
-- amounts: yes
SELECT account_key, max(CASE WHEN is_out = 0 THEN points END) AS price_points_in, max(CASE WHEN is_out = 1 THEN points END) AS price_points_out
FROM price GROUP BY account_key
