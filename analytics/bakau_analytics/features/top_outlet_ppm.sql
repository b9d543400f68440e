-- name: top_outlet_ppm
-- meaning: share of the commonest outlet of the account's end among those received and sent
-- family: outlet mix
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: none known
-- needs: src, dst, ts_us, src_outlet, dst_outlet
-- steps: recent
-- source: FAC-06 [K], NET-04 [K]; the share is a default of ours
-- profile: yes
-- amounts: no
WITH use AS (
    SELECT account_key, is_out, near_outlet, count(*) AS n FROM recent WHERE near_outlet IS NOT NULL GROUP BY account_key, is_out, near_outlet
),
share AS (
    SELECT account_key, is_out, max(n) * 1000000 // CAST(sum(n) AS BIGINT) AS ppm FROM use GROUP BY account_key, is_out
)
SELECT account_key, max(CASE WHEN is_out = 0 THEN ppm END) AS top_outlet_ppm_in, max(CASE WHEN is_out = 1 THEN ppm END) AS top_outlet_ppm_out
FROM share GROUP BY account_key
