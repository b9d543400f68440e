-- Small sums between one account ({account}: src or dst) and several listed countries of the {other} end within the window.
-- A payment stands for its country until the next one from there, or until the window ends; so the countries of every window are a running sum.
WITH listed (country) AS (VALUES {countries}),
band (currency, low, high) AS (VALUES {bands}),
small AS (
    SELECT f.{account} AS account_key, f.ts_us, f.transfer_id,
           lead(f.ts_us) OVER (PARTITION BY f.{account}, f.{other}_country ORDER BY f.ts_us, f.transfer_id) AS next_us
    FROM flow f JOIN listed l ON f.{other}_country = l.country JOIN band b ON f.currency = b.currency
    WHERE f.src_country <> f.dst_country AND f.amount >= b.low AND f.amount <= b.high
),
step AS (
    SELECT account_key, ts_us, transfer_id, 1 AS step FROM small
    UNION ALL
    SELECT account_key, least(coalesce(next_us, ts_us + {window_us} + 1), ts_us + {window_us} + 1), NULL, -1 FROM small
),
standing AS (
    SELECT account_key, ts_us, transfer_id,
           CAST(sum(step) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS countries
    FROM step
),
seen AS (
    SELECT account_key, ts_us, transfer_id,
           max(countries) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM standing WHERE transfer_id IS NOT NULL
)
SELECT account_key, transfer_id, ts_us, observed FROM seen WHERE observed >= {min_countries}
