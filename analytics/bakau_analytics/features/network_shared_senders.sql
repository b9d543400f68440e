-- name: network_shared_senders
-- meaning: outside accounts that pay two or more members of a network
-- family: shared senders
-- grain: network
-- columns: value
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: nothing received from outside
-- needs: member, src, dst, ts_us
-- steps: touch
-- source: NET-01 [V] AUSTRAC (common beneficiary seen from the senders)
-- profile: no
-- amounts: no
WITH fed AS (
    SELECT network_key, other_key, count(DISTINCT account_key) AS n FROM touch WHERE is_inside = 0 AND is_out = 0 GROUP BY network_key, other_key
)
SELECT network_key, CAST(sum(CASE WHEN n >= 2 THEN 1 ELSE 0 END) AS BIGINT) AS value FROM fed GROUP BY network_key
