-- What several people give to a protected person's platform account again and again goes to somebody else, from that account or from another account
-- of a protected person. The protected account is never the subject.
WITH taker AS (SELECT account_key, holder, gifts, payers FROM gift_holder WHERE payers >= {min_payers}),
total AS (SELECT account_key, max(payers) AS n FROM taker GROUP BY account_key)
SELECT DISTINCT t.account_key, f.transfer_id, f.ts_us, CAST(n.n AS BIGINT) AS observed
FROM taker t JOIN total n ON t.account_key = n.account_key JOIN flow f ON f.src = t.holder AND f.dst = t.account_key
UNION
SELECT DISTINCT t.account_key, f.transfer_id, f.ts_us, CAST(n.n AS BIGINT) AS observed
FROM taker t JOIN total n ON t.account_key = n.account_key JOIN flow f ON f.dst = t.gifts JOIN gift_again a ON f.src = a.src AND f.dst = a.dst
WHERE f.channel = 'platform'
