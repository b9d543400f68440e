-- name: exposed_in
-- meaning: payments received from accounts marked in a slot of the table `exposed`, whose meaning the caller gives
-- family: exposure slots
-- grain: account
-- columns: 1, 2, 3, 4
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no payment with a marked account in them
-- needs: src, dst, ts_us, exposed
-- steps: recent
-- source: CRY-01 [V], LSC-20 [V] (direct exposure to what is already known)
-- profile: no
-- amounts: no
SELECT r.account_key,
       CAST(sum(CASE WHEN e.slot = 1 THEN 1 ELSE 0 END) AS BIGINT) AS exposed_in_1,
       CAST(sum(CASE WHEN e.slot = 2 THEN 1 ELSE 0 END) AS BIGINT) AS exposed_in_2,
       CAST(sum(CASE WHEN e.slot = 3 THEN 1 ELSE 0 END) AS BIGINT) AS exposed_in_3,
       CAST(sum(CASE WHEN e.slot = 4 THEN 1 ELSE 0 END) AS BIGINT) AS exposed_in_4
FROM recent r JOIN exposed e ON e.account_key = r.other_key WHERE r.is_out = 0 GROUP BY r.account_key
