-- name: kyc_tier
-- meaning: lowest know-your-customer tier among the holders of the account, where the source writes tiers as 0 to 4
-- family: KYC tier
-- grain: account
-- columns: value
-- unit: tier
-- window: the scored instant
-- reach: 0 d
-- null: no tier known
-- needs: holding, kyc_level
-- steps: none
-- source: FAC-15 [S]
-- profile: no
-- amounts: no
SELECT h.account_key,
       min(CASE WHEN p.kyc_level = '0' THEN 0 WHEN p.kyc_level = '1' THEN 1 WHEN p.kyc_level = '2' THEN 2 WHEN p.kyc_level = '3' THEN 3 WHEN p.kyc_level = '4' THEN 4 END) AS value
FROM holding h JOIN party p ON p.party_key = h.party_key
WHERE (h.since_us IS NULL OR h.since_us <= (SELECT as_of_us FROM clock)) AND (h.until_us IS NULL OR h.until_us > (SELECT as_of_us FROM clock))
GROUP BY h.account_key
