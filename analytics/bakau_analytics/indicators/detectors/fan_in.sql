-- Many distinct senders within a window: every transfer in every window in which enough senders were active.
WITH wide AS (
    SELECT dst FROM flow GROUP BY dst HAVING count(DISTINCT src) >= {min_senders}
),
paid AS (
    SELECT f.dst, f.src, f.ts_us,
           lag(f.ts_us) OVER (PARTITION BY f.dst, f.src ORDER BY f.ts_us) AS before_us,
           lead(f.ts_us) OVER (PARTITION BY f.dst, f.src ORDER BY f.ts_us) AS after_us
    FROM flow f JOIN wide w ON f.dst = w.dst
),
step AS (
    SELECT dst, ts_us AS at_us, CAST(1 AS BIGINT) AS change FROM paid WHERE before_us IS NULL OR ts_us - before_us > {window_us}
    UNION ALL
    SELECT dst, ts_us + {window_us} + 1 AS at_us, CAST(-1 AS BIGINT) AS change FROM paid
    WHERE after_us IS NULL OR after_us - ts_us > {window_us}
),
moment AS (
    SELECT dst, at_us, CAST(sum(change) AS BIGINT) AS change FROM step GROUP BY dst, at_us
),
running AS (
    SELECT dst, at_us,
           CAST(sum(change) OVER (PARTITION BY dst ORDER BY at_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS active
    FROM moment
),
mixed AS (
    SELECT f.dst, f.ts_us, f.transfer_id, CAST(0 AS BIGINT) AS active FROM flow f JOIN wide w ON f.dst = w.dst
    UNION ALL
    SELECT dst, at_us AS ts_us, CAST(NULL AS {binary}) AS transfer_id, active FROM running WHERE active >= {min_senders}
),
seen AS (
    SELECT dst, ts_us, transfer_id,
           max(active) OVER (PARTITION BY dst ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM mixed
)
SELECT dst AS account_key, transfer_id, ts_us, observed FROM seen WHERE transfer_id IS NOT NULL AND observed >= {min_senders}
