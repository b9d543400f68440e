-- Several payments of one sender to one receiver within a window, seen from the receiver.
WITH often AS (SELECT src, dst FROM flow GROUP BY src, dst HAVING count(*) >= {min_payments}),
counted AS (
    SELECT f.src, f.dst, f.ts_us, f.transfer_id,
           count(*) OVER (PARTITION BY f.src, f.dst ORDER BY f.ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM flow f JOIN often o ON f.src = o.src AND f.dst = o.dst
),
seen AS (
    SELECT dst, ts_us, transfer_id,
           max(n) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM counted
)
SELECT dst AS account_key, transfer_id, ts_us, observed FROM seen WHERE observed >= {min_payments}
