-- Most of the value received leaves soon after a receipt: both the receipts followed by a payment out, and the value out after a receipt.
WITH event AS (
    SELECT dst AS account_key, currency, ts_us, transfer_id, amount, 0 AS is_out FROM flow WHERE time_known AND amount IS NOT NULL
    UNION ALL
    SELECT src AS account_key, currency, ts_us, transfer_id, amount, 1 AS is_out FROM flow WHERE time_known AND amount IS NOT NULL
),
busy AS (
    SELECT account_key, currency FROM event GROUP BY account_key, currency
    HAVING sum(1 - is_out) >= {min_receipts} AND sum(is_out) >= 1
),
seen AS (
    SELECT e.account_key, e.currency, e.ts_us, e.transfer_id, e.amount, e.is_out,
           sum(e.is_out) OVER (PARTITION BY e.account_key, e.currency ORDER BY e.ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS out_after,
           sum(1 - e.is_out) OVER (PARTITION BY e.account_key, e.currency ORDER BY e.ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS in_before
    FROM event e JOIN busy b ON e.account_key = b.account_key AND e.currency = b.currency
),
total AS (
    SELECT account_key, currency,
           CAST(sum(CASE WHEN is_out = 0 THEN amount ELSE 0 END) AS BIGINT) AS got,
           CAST(sum(CASE WHEN is_out = 1 AND in_before > 0 THEN amount ELSE 0 END) AS BIGINT) AS passed,
           CAST(sum(CASE WHEN is_out = 0 AND out_after > 0 THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // nullif(CAST(sum(1 - is_out) AS BIGINT), 0) AS followed
    FROM seen GROUP BY account_key, currency
),
hit AS (
    SELECT account_key, currency, followed FROM total
    WHERE got > 0 AND followed >= {min_followed_ppm} AND passed >= (got // 1000000 * {min_passed_ppm} + got % 1000000 * {min_passed_ppm} // 1000000) AND passed <= (got // 1000000 * {max_passed_ppm} + got % 1000000 * {max_passed_ppm} // 1000000)
)
SELECT s.account_key, s.transfer_id, s.ts_us, h.followed AS observed
FROM seen s JOIN hit h ON s.account_key = h.account_key AND s.currency = h.currency
