-- name: cross_border_ppm
-- meaning: share of the payments received and sent, of those with both countries known, that cross a border
-- family: corridor
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no payment with both countries known
-- needs: src, dst, ts_us, src_country, dst_country
-- steps: habit
-- source: LSC-01 [V] FATF, AUSTRAC; the share is a default of ours
-- profile: yes
-- amounts: no
SELECT account_key, max(CASE WHEN is_out = 0 THEN CAST(n_abroad AS BIGINT) * 1000000 // nullif(n_corridor, 0) END) AS cross_border_ppm_in, max(CASE WHEN is_out = 1 THEN CAST(n_abroad AS BIGINT) * 1000000 // nullif(n_corridor, 0) END) AS cross_border_ppm_out
FROM habit GROUP BY account_key
