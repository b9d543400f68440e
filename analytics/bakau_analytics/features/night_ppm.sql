-- name: night_ppm
-- meaning: share of the payments received and sent, of those with a known local hour, between 22:00 and 05:59 at the sender
-- family: local night
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no local hour known
-- needs: src, dst, ts_us, local_hour
-- steps: habit
-- source: LSC-06 [V] FATF; the hours are [D]
-- profile: no
-- amounts: no
SELECT account_key, max(CASE WHEN is_out = 0 THEN CAST(n_night AS BIGINT) * 1000000 // nullif(n_hour, 0) END) AS night_ppm_in, max(CASE WHEN is_out = 1 THEN CAST(n_night AS BIGINT) * 1000000 // nullif(n_hour, 0) END) AS night_ppm_out
FROM habit GROUP BY account_key
