-- Benign: a registered merchant with many payers.
WITH shop AS (
    SELECT account_key FROM account WHERE kind = 'merchant' OR mcc IS NOT NULL
),
wide AS (
    SELECT f.dst, count(DISTINCT f.src) AS n FROM flow f JOIN shop s ON f.dst = s.account_key GROUP BY f.dst HAVING count(DISTINCT f.src) >= {min_senders}
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.n AS BIGINT) AS observed FROM flow f JOIN wide w ON f.dst = w.dst
