-- name: party_payments
-- meaning: payments a party received from others and sent to others, all its scorable accounts together
-- family: burst
-- grain: party
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: never; a party without payments in them has no row
-- needs: holding, src, dst, ts_us
-- steps: dealing
-- source: FSX-05 [V]; the count is a default of ours
-- profile: no
-- amounts: no
SELECT party_key, CAST(sum(CASE WHEN is_out = 0 THEN 1 ELSE 0 END) AS BIGINT) AS party_payments_in,
       CAST(sum(CASE WHEN is_out = 1 THEN 1 ELSE 0 END) AS BIGINT) AS party_payments_out
FROM dealing GROUP BY party_key
