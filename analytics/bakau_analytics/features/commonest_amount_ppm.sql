-- name: commonest_amount_ppm
-- meaning: share of the commonest amount (with its currency) among those received and sent
-- family: round and price-point amounts
-- grain: account
-- columns: in, out
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no amounts
-- needs: src, dst, ts_us, amount, currency
-- steps: price
-- source: FAC-09 [D], CRY-07 [V] (equal periodic payments)
-- profile: no
-- amounts: yes
SELECT account_key, max(CASE WHEN is_out = 0 THEN commonest * 1000000 // n END) AS commonest_amount_ppm_in, max(CASE WHEN is_out = 1 THEN commonest * 1000000 // n END) AS commonest_amount_ppm_out
FROM price GROUP BY account_key
