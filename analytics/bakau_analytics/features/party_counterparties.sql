-- name: party_counterparties
-- meaning: distinct accounts of others that paid a party and that it paid
-- family: distinct counterparties
-- grain: party
-- columns: in, out
-- unit: count
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: never; a party without payments in them has no row
-- needs: holding, src, dst, ts_us
-- steps: dealing
-- source: FAC-01 [V], LSC-04 [V] for a person instead of an account
-- profile: no
-- amounts: no
SELECT party_key, count(DISTINCT CASE WHEN is_out = 0 THEN other_key END) AS party_counterparties_in,
       count(DISTINCT CASE WHEN is_out = 1 THEN other_key END) AS party_counterparties_out
FROM dealing GROUP BY party_key
