-- name: top_country_ppm
-- meaning: share of the commonest other end's country among those received and sent
-- family: corridor
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: none known
-- needs: src, dst, ts_us, src_country, dst_country
-- steps: recent
-- source: FAC-10 [V]; the share is a default of ours
-- profile: yes
-- amounts: no
WITH use AS (
    SELECT account_key, is_out, far_country, count(*) AS n FROM recent WHERE far_country IS NOT NULL GROUP BY account_key, is_out, far_country
),
share AS (
    SELECT account_key, is_out, max(n) * 1000000 // CAST(sum(n) AS BIGINT) AS ppm FROM use GROUP BY account_key, is_out
)
SELECT account_key, max(CASE WHEN is_out = 0 THEN ppm END) AS top_country_ppm_in, max(CASE WHEN is_out = 1 THEN ppm END) AS top_country_ppm_out
FROM share GROUP BY account_key
