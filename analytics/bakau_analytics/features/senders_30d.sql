-- name: senders_30d
-- meaning: most distinct senders within any 30 days, both ends included
-- family: fan-in
-- grain: account
-- columns: value
-- unit: count
-- window: 30 d, RANGE over ts_us
-- reach: all
-- null: never
-- needs: src, dst, ts_us
-- steps: tie
-- source: FAC-01 (fan-in of many senders); the window is a default of ours
-- profile: no
-- amounts: no
WITH step AS (
    SELECT dst, ts_us AS at_us, CAST(1 AS BIGINT) AS change FROM tie
    WHERE before_us IS NULL OR ts_us - before_us > 2592000000000
    UNION ALL
    SELECT dst, ts_us + 2592000000001 AS at_us, CAST(-1 AS BIGINT) AS change FROM tie
    WHERE after_us IS NULL OR after_us - ts_us > 2592000000000
),
running AS (
    SELECT dst, CAST(sum(change) OVER (PARTITION BY dst ORDER BY at_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS active
    FROM step
)
SELECT dst AS account_key, max(active) AS value FROM running GROUP BY dst
