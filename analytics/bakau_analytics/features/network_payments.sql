-- name: network_payments
-- meaning: payments inside a network, and those it received from and sent to outside
-- family: burst
-- grain: network
-- columns: inside, in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: never; a network without payments in them has no row
-- needs: member, src, dst, ts_us
-- steps: touch
-- source: NET-01 [V] AUSTRAC; the count is a default of ours
-- profile: no
-- amounts: no
SELECT network_key, CAST(sum(CASE WHEN is_inside = 1 THEN 1 ELSE 0 END) AS BIGINT) // 2 AS network_payments_inside,
       CAST(sum(CASE WHEN is_inside = 0 AND is_out = 0 THEN 1 ELSE 0 END) AS BIGINT) AS network_payments_in,
       CAST(sum(CASE WHEN is_inside = 0 AND is_out = 1 THEN 1 ELSE 0 END) AS BIGINT) AS network_payments_out
FROM touch GROUP BY network_key
