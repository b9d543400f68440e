-- Somebody whom several pay in coins passes them to an exchanger on a list within the window. Hosted addresses and who is on the list are left out.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
swap AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us FROM coin f JOIN target t ON f.dst = t.account_key
    ANTI JOIN target o ON f.src = o.account_key ANTI JOIN service s ON f.src = s.account_key WHERE f.src_hosted = 0
),
event AS (
    SELECT account_key, CAST(NULL AS BIGINT) AS payer, transfer_id, ts_us, 1 AS is_out FROM swap
    UNION ALL
    SELECT f.dst AS account_key, f.src AS payer, f.transfer_id, f.ts_us, 0 AS is_out FROM coin f SEMI JOIN swap s ON f.dst = s.account_key
),
seen AS (
    SELECT account_key, payer, transfer_id, ts_us, is_out,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us
    FROM event
),
wide AS (
    SELECT account_key, count(CASE WHEN is_out = 1 AND ts_us - in_us <= {window_us} THEN 1 END) AS n FROM seen GROUP BY account_key
    HAVING count(CASE WHEN is_out = 1 AND ts_us - in_us <= {window_us} THEN 1 END) >= {min_payments} AND count(DISTINCT payer) >= {min_payers}
)
SELECT s.account_key, s.transfer_id, s.ts_us, CAST(w.n AS BIGINT) AS observed
FROM seen s JOIN wide w ON s.account_key = w.account_key WHERE s.is_out = 1 AND s.ts_us - s.in_us <= {window_us}
