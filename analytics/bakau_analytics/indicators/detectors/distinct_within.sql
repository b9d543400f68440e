-- Small sums across a border that meet several different {counted} within the window, for each {per} and {also}, seen from the {account}.
-- A payment stands for its {counted} until the next one there, or until the window ends; so their number in every window is a running sum.
WITH band (currency, low, high) AS (VALUES {bands}),
small AS (
    SELECT f.{account} AS account_key, f.{per} AS one, f.{also} AS other, f.{counted} AS what, f.ts_us, f.transfer_id
    FROM sent_abroad f JOIN band b ON f.currency = b.currency
    WHERE f.amount >= b.low AND f.amount <= b.high AND f.{per} IS NOT NULL AND f.{counted} IS NOT NULL
),
wide AS (SELECT one, other FROM small GROUP BY one, other HAVING count(DISTINCT what) >= {min_different}),
spaced AS (
    SELECT s.*, lead(s.ts_us) OVER (PARTITION BY s.one, s.other, s.what ORDER BY s.ts_us, s.transfer_id) AS next_us
    FROM small s JOIN wide w ON s.one = w.one AND s.other = w.other
),
step AS (
    SELECT account_key, one, other, ts_us, transfer_id, 1 AS step FROM spaced
    UNION ALL
    SELECT account_key, one, other, least(coalesce(next_us, ts_us + {window_us} + 1), ts_us + {window_us} + 1) AS ts_us, NULL AS transfer_id, -1 AS step FROM spaced
),
standing AS (
    SELECT account_key, one, other, ts_us, transfer_id,
           CAST(sum(step) OVER (PARTITION BY one, other ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS standing
    FROM step
),
seen AS (
    SELECT account_key, ts_us, transfer_id,
           max(standing) OVER (PARTITION BY one, other ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM standing WHERE transfer_id IS NOT NULL
)
SELECT account_key, transfer_id, ts_us, observed FROM seen WHERE observed >= {min_different}
