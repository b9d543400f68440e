-- Cash is paid in at an agent and paid on within the window to an account that several others pay, too.
WITH cashed AS (
    SELECT f.dst AS account_key, f.ts_us, f.transfer_id FROM flow f LEFT JOIN account a ON f.src = a.account_key
    ANTI JOIN service s ON f.dst = s.account_key WHERE f.time_known AND (f.channel = 'cash' OR a.kind = 'cash_point')
),
event AS (
    SELECT account_key, CAST(NULL AS BIGINT) AS dst, ts_us, transfer_id, 0 AS is_out FROM cashed
    UNION ALL
    SELECT f.src AS account_key, f.dst, f.ts_us, f.transfer_id, 1 AS is_out FROM flow f SEMI JOIN cashed c ON f.src = c.account_key
    ANTI JOIN service s ON f.dst = s.account_key WHERE f.time_known
),
seen AS (
    SELECT account_key, dst, ts_us, transfer_id, is_out,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us
    FROM event
),
quick AS (SELECT account_key, dst, ts_us, transfer_id FROM seen WHERE is_out = 1 AND ts_us - in_us <= {window_us}),
collector AS (SELECT f.dst FROM flow f SEMI JOIN quick q ON f.dst = q.dst GROUP BY f.dst HAVING count(DISTINCT f.src) >= {min_senders}),
paid AS (
    SELECT q.account_key, q.ts_us, q.transfer_id, count(*) OVER (PARTITION BY q.account_key) AS observed FROM quick q JOIN collector c ON q.dst = c.dst
)
SELECT account_key, transfer_id, ts_us, observed FROM paid WHERE observed >= {min_payments}
