-- Repeated low-value payments across a border into a listed corridor: several within the window, each inside its currency's band.
WITH band (currency, low, high) AS (VALUES {bands}),
listed (country) AS (VALUES {countries}),
small AS (
    SELECT f.src, f.ts_us, f.transfer_id,
           count(*) OVER (PARTITION BY f.src ORDER BY f.ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM flow f JOIN band b ON f.currency = b.currency JOIN listed l ON f.dst_country = l.country
    WHERE f.amount >= b.low AND f.amount <= b.high AND f.src_country <> f.dst_country
),
seen AS (
    SELECT src, ts_us, transfer_id, max(n) OVER (PARTITION BY src ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM small
)
SELECT src AS account_key, transfer_id, ts_us, CAST(observed AS BIGINT) AS observed FROM seen WHERE observed >= {min_payments}
