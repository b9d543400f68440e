-- name: outlets
-- meaning: distinct outlets that paid money out to the account and took it in from it
-- family: outlet mix
-- grain: account
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: nothing received or sent in them
-- needs: src, dst, ts_us, src_outlet, dst_outlet
-- steps: habit
-- source: FAC-06 [K], FAC-12 [V]
-- profile: yes
-- amounts: no
SELECT account_key, max(CASE WHEN is_out = 0 THEN outlets END) AS outlets_in, max(CASE WHEN is_out = 1 THEN outlets END) AS outlets_out
FROM habit GROUP BY account_key
