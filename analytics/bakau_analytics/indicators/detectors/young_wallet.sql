-- A wallet of a low tier that is credited from abroad soon after it was opened. Tiers that a source writes as numbers are low at 0 and 1. A credit of
-- which the day alone is known counts from the day of the opening on. A credit of a protected wallet counts for who empties it.
WITH low (tier) AS (VALUES {tiers}),
low_tier AS (
    SELECT DISTINCT h.account_key FROM holding h JOIN party p ON h.party_key = p.party_key
    WHERE p.kyc_level IN ('0', '1') OR lower(p.kyc_level) IN (SELECT tier FROM low)
),
young AS (
    SELECT a.account_key, a.opened_us FROM account a JOIN low_tier t ON a.account_key = t.account_key WHERE a.kind = 'e_wallet' AND a.opened_us IS NOT NULL
),
early AS (
    SELECT c.account_key, c.src, c.transfer_id, c.ts_us FROM credit_abroad c JOIN young y ON c.holder = y.account_key
    WHERE c.ts_us >= y.opened_us - CASE WHEN c.time_known THEN 0 ELSE 86400000000 END AND c.ts_us - y.opened_us <= {window_us}
),
wide AS (SELECT account_key, count(*) AS n FROM early GROUP BY account_key HAVING count(*) >= {min_payments} AND count(DISTINCT src) >= {min_senders})
SELECT e.account_key, e.transfer_id, e.ts_us, CAST(w.n AS BIGINT) AS observed FROM early e JOIN wide w ON e.account_key = w.account_key
