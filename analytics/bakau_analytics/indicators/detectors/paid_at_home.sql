-- Paid in its own country: receipts at home are most of all, or few payments or payers abroad stand beside them. The observed value is the share of
-- receipts at home. What an adult takes from a protected account counts by whoever paid it in; of whoever takes what is given there again and again
-- (gift_holder) nothing at home explains it.
WITH home AS (
    SELECT f.dst AS account_key, f.transfer_id, f.ts_us FROM flow f LEFT JOIN sweeper s ON f.dst = s.account_key AND f.src = s.holder
    ANTI JOIN gift_holder g ON f.dst = g.account_key
    WHERE f.src_country = f.dst_country AND s.holder IS NULL
),
abroad AS (SELECT account_key, CAST(sum(n) AS BIGINT) AS n, count(*) AS senders FROM payer GROUP BY account_key),
share AS (
    SELECT h.account_key, CAST(count(*) AS BIGINT) * 1000000 // (count(*) + coalesce(max(a.n), 0)) AS ppm,
           coalesce(max(a.n), 0) AS n, coalesce(max(a.senders), 0) AS senders
    FROM home h LEFT JOIN abroad a ON h.account_key = a.account_key GROUP BY h.account_key HAVING count(*) >= {min_payments}
)
SELECT h.account_key, h.transfer_id, h.ts_us, s.ppm AS observed
FROM home h JOIN share s ON h.account_key = s.account_key WHERE s.ppm >= {from_ppm} OR s.n < {few_payments} OR s.senders < {few_senders}
