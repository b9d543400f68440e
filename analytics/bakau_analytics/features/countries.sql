-- name: countries
-- meaning: distinct other countries money was received from and sent to
-- family: corridor
-- grain: account
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: nothing received or sent in them
-- needs: src, dst, ts_us, src_country, dst_country
-- steps: habit
-- source: FAC-10 [V] BusinessWorld 2023, LSC-21 [V] FINTRAC
-- profile: yes
-- amounts: no
SELECT account_key, max(CASE WHEN is_out = 0 THEN countries END) AS countries_in, max(CASE WHEN is_out = 1 THEN countries END) AS countries_out
FROM habit GROUP BY account_key
