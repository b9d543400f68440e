-- Crypto reaches an address from a kiosk, a bank, a card or an exchange, and a small sum is paid on within the window. Hosted addresses are left out.
WITH band (currency, low, high) AS (VALUES {bands}),
event AS (
    SELECT dst AS account_key, ts_us, transfer_id, 0 AS is_out FROM coin
    WHERE dst_address = 1 AND dst_hosted = 0 AND (src_address = 0 OR src_hosted = 1) AND time_known
    UNION ALL
    SELECT f.src AS account_key, f.ts_us, f.transfer_id, 1 AS is_out FROM coin f JOIN band b ON f.currency = b.currency
    WHERE f.src_address = 1 AND f.src_hosted = 0 AND f.dst_hosted = 0 AND f.time_known AND f.amount >= b.low AND f.amount <= b.high
),
seen AS (
    SELECT account_key, ts_us, transfer_id, is_out,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us,
           min(CASE WHEN is_out = 1 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS out_us
    FROM event
),
quick AS (
    SELECT account_key, ts_us, transfer_id, is_out FROM seen WHERE CASE WHEN is_out = 1 THEN ts_us - in_us ELSE out_us - ts_us END <= {window_us}
),
wide AS (SELECT account_key, CAST(sum(is_out) AS BIGINT) AS n FROM quick GROUP BY account_key HAVING sum(is_out) >= {min_payments})
SELECT q.account_key, q.transfer_id, q.ts_us, w.n AS observed FROM quick q JOIN wide w ON q.account_key = w.account_key
