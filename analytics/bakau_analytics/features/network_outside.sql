-- name: network_outside
-- meaning: distinct outside accounts that pay members of a network and that members pay
-- family: fan-in/out
-- grain: network
-- columns: senders, receivers
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: never; a network without payments in them has no row
-- needs: member, src, dst, ts_us
-- steps: touch
-- source: FAC-01 [V], FAC-11 [V] for a network instead of an account
-- profile: no
-- amounts: no
SELECT network_key, count(DISTINCT CASE WHEN is_inside = 0 AND is_out = 0 THEN other_key END) AS network_outside_senders,
       count(DISTINCT CASE WHEN is_inside = 0 AND is_out = 1 THEN other_key END) AS network_outside_receivers
FROM touch GROUP BY network_key
