-- Benign: most of what the account moves goes to or comes from counterparts that repeat month after month, at most twice a month.
WITH month AS (
    SELECT src, dst, ts_us // 2592000000000 AS bucket, count(*) AS n FROM flow GROUP BY src, dst, ts_us // 2592000000000
),
regular AS (
    SELECT src, dst FROM month GROUP BY src, dst HAVING count(*) >= {min_months} AND max(n) <= 2
),
seen AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us, CASE WHEN r.src IS NULL THEN 0 ELSE 1 END AS is_regular
    FROM flow f LEFT JOIN regular r ON f.src = r.src AND f.dst = r.dst
    UNION ALL
    SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CASE WHEN r.src IS NULL THEN 0 ELSE 1 END AS is_regular
    FROM flow f LEFT JOIN regular r ON f.src = r.src AND f.dst = r.dst
),
share AS (
    SELECT account_key, CAST(sum(is_regular) AS BIGINT) * 1000000 // count(*) AS ppm FROM seen GROUP BY account_key
)
SELECT s.account_key, s.transfer_id, s.ts_us, h.ppm AS observed
FROM seen s JOIN share h ON s.account_key = h.account_key WHERE h.ppm >= {min_share_ppm}
