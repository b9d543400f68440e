-- name: round_ppm
-- meaning: share of the amounts received and sent that are multiples of 1000 minor units
-- family: round and price-point amounts
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no amounts
-- needs: src, dst, ts_us, amount
-- steps: habit
-- source: LSC-05 [V] FATF; 1000 is a default of ours
-- profile: no
-- amounts: yes
SELECT account_key, max(CASE WHEN is_out = 0 THEN CAST(n_round AS BIGINT) * 1000000 // nullif(n_amount, 0) END) AS round_ppm_in, max(CASE WHEN is_out = 1 THEN CAST(n_round AS BIGINT) * 1000000 // nullif(n_amount, 0) END) AS round_ppm_out
FROM habit GROUP BY account_key
