-- Payments on the crypto rail or with a crypto address at one end. An address is hosted where an institution holds it. Columns: transfer_id, src,
-- dst, ts_us, time_known, amount, currency, src_address, dst_address, src_hosted, dst_hosted (1 or 0).
WITH address AS (
    SELECT account_key, CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END AS hosted FROM account WHERE kind = 'crypto_address'
)
SELECT f.transfer_id, f.src, f.dst, f.ts_us, f.time_known, f.amount, f.currency,
       CASE WHEN a.account_key IS NULL THEN 0 ELSE 1 END AS src_address, CASE WHEN b.account_key IS NULL THEN 0 ELSE 1 END AS dst_address,
       coalesce(a.hosted, 0) AS src_hosted, coalesce(b.hosted, 0) AS dst_hosted
FROM flow f LEFT JOIN address a ON f.src = a.account_key LEFT JOIN address b ON f.dst = b.account_key
WHERE f.channel = 'crypto' OR a.account_key IS NOT NULL OR b.account_key IS NOT NULL
