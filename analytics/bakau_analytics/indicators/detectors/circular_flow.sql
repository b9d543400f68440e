-- Money that comes back: three or four transfers in order of time, within the window, little kept at each hop where amounts are known.
-- Accounts with more than {max_degree} transfers are not crossed.
WITH busy AS (
    SELECT account_key FROM (SELECT src AS account_key FROM flow UNION ALL SELECT dst AS account_key FROM flow)
    GROUP BY account_key HAVING count(*) <= {max_degree}
),
edge AS (
    SELECT f.src, f.dst, f.ts_us, f.transfer_id, f.amount, f.currency FROM flow f JOIN busy s ON f.src = s.account_key JOIN busy d ON f.dst = d.account_key
),
two AS (
    SELECT a.src AS start_key, a.dst AS via_key, b.dst AS end_key, a.ts_us AS begin_us, b.ts_us AS end_us, a.currency, b.amount,
           a.transfer_id AS t1, b.transfer_id AS t2
    FROM edge a JOIN edge b ON a.dst = b.src AND a.currency = b.currency
    WHERE b.dst <> a.src AND b.ts_us >= a.ts_us AND b.ts_us - a.ts_us <= {window_us}
      AND (a.amount IS NULL OR b.amount IS NULL OR b.amount <= a.amount AND b.amount >= a.amount - (a.amount // 1000000 * {max_kept_ppm} + a.amount % 1000000 * {max_kept_ppm} // 1000000))
),
three AS (
    SELECT x.start_key, x.via_key, x.end_key, x.begin_us, x.end_us, x.t1, x.t2, c.dst AS last_key, c.ts_us AS last_us, c.transfer_id AS t3, x.currency, c.amount
    FROM two x JOIN edge c ON x.end_key = c.src AND x.currency = c.currency
    WHERE c.dst <> x.via_key AND c.ts_us >= x.end_us AND c.ts_us - x.begin_us <= {window_us}
      AND (x.amount IS NULL OR c.amount IS NULL OR c.amount <= x.amount AND c.amount >= x.amount - (x.amount // 1000000 * {max_kept_ppm} + x.amount % 1000000 * {max_kept_ppm} // 1000000))
),
closed AS (
    SELECT start_key, via_key, end_key, CAST(NULL AS BIGINT) AS extra_key, t1, t2, t3, CAST(NULL AS {binary}) AS t4 FROM three WHERE last_key = start_key
    UNION ALL
    SELECT y.start_key, y.via_key, y.end_key, y.last_key AS extra_key, y.t1, y.t2, y.t3, d.transfer_id AS t4
    FROM three y JOIN edge d ON y.last_key = d.src AND d.dst = y.start_key AND y.currency = d.currency
    WHERE y.last_key <> y.start_key AND d.ts_us >= y.last_us AND d.ts_us - y.begin_us <= {window_us}
      AND (y.amount IS NULL OR d.amount IS NULL OR d.amount <= y.amount AND d.amount >= y.amount - (y.amount // 1000000 * {max_kept_ppm} + y.amount % 1000000 * {max_kept_ppm} // 1000000))
),
part AS (
    SELECT t1 AS transfer_id FROM closed UNION SELECT t2 FROM closed UNION SELECT t3 FROM closed UNION SELECT t4 FROM closed WHERE t4 IS NOT NULL
),
touched AS (
    SELECT e.src AS account_key, e.transfer_id, e.ts_us FROM edge e JOIN part p ON e.transfer_id = p.transfer_id
    UNION SELECT e.dst AS account_key, e.transfer_id, e.ts_us FROM edge e JOIN part p ON e.transfer_id = p.transfer_id
),
total AS (
    SELECT account_key, count(*) AS n FROM touched GROUP BY account_key
)
SELECT s.account_key, s.transfer_id, s.ts_us, CAST(t.n AS BIGINT) AS observed FROM touched s JOIN total t ON s.account_key = t.account_key
WHERE t.n >= {min_transfers}
