-- name: rails
-- meaning: distinct rails money was received and sent on
-- family: in/out by rail
-- grain: account
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: nothing received or sent in them
-- needs: src, dst, ts_us, channel
-- steps: habit
-- source: FSX-06 [V] AUSTRAC; the count is a default of ours
-- profile: no
-- amounts: no
SELECT account_key, max(CASE WHEN is_out = 0 THEN rails END) AS rails_in, max(CASE WHEN is_out = 1 THEN rails END) AS rails_out
FROM habit GROUP BY account_key
