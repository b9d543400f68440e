-- Short intense use, then silence: active for few days, though the data begins well before and goes on well after.
WITH span AS (
    SELECT min(ts_us) AS begin_us, max(ts_us) AS end_us FROM flow
),
seen AS (
    SELECT src AS account_key, ts_us, transfer_id FROM flow UNION ALL SELECT dst AS account_key, ts_us, transfer_id FROM flow
),
life AS (
    SELECT account_key, min(ts_us) AS first_us, max(ts_us) AS last_us, count(*) AS n FROM seen GROUP BY account_key HAVING count(*) >= {min_payments}
),
hit AS (
    SELECT l.account_key, l.n FROM life l CROSS JOIN span s
    WHERE l.last_us - l.first_us <= {window_us} AND l.first_us - s.begin_us >= {silence_us} AND s.end_us - l.last_us >= {silence_us}
)
SELECT s.account_key, s.transfer_id, s.ts_us, CAST(h.n AS BIGINT) AS observed FROM seen s JOIN hit h ON s.account_key = h.account_key
