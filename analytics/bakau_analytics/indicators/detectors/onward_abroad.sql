-- What others pay in goes out to a listed country within the window: payments out that follow a credit, and the different payers of these credits.
WITH listed (country) AS (VALUES {countries}),
sent AS (SELECT f.src, f.transfer_id, f.ts_us FROM sent_abroad f JOIN listed l ON f.dst_country = l.country WHERE f.time_known),
often AS (SELECT src FROM sent GROUP BY src HAVING count(*) >= {min_transfers}),
event AS (
    SELECT s.src AS account_key, CAST(NULL AS BIGINT) AS payer_key, s.ts_us, s.transfer_id, 1 AS is_out FROM sent s JOIN often o ON s.src = o.src
    UNION ALL
    SELECT f.dst AS account_key, f.src AS payer_key, f.ts_us, f.transfer_id, 0 AS is_out FROM flow f JOIN often o ON f.dst = o.src
    ANTI JOIN service v ON f.src = v.account_key WHERE f.time_known
),
seen AS (
    SELECT account_key, payer_key, ts_us, transfer_id, is_out,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us,
           min(CASE WHEN is_out = 1 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS out_us
    FROM event
),
quick AS (
    SELECT account_key, payer_key, ts_us, transfer_id, is_out FROM seen
    WHERE CASE WHEN is_out = 1 THEN ts_us - in_us ELSE out_us - ts_us END <= {window_us}
),
wide AS (
    SELECT account_key, CAST(sum(is_out) AS BIGINT) AS n FROM quick GROUP BY account_key
    HAVING sum(is_out) >= {min_transfers} AND count(DISTINCT payer_key) >= {min_payers}
)
SELECT q.account_key, q.transfer_id, q.ts_us, w.n AS observed FROM quick q JOIN wide w ON q.account_key = w.account_key
