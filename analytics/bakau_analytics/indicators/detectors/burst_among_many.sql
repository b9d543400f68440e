-- Several payments of one sender within a short window, to a receiver that many distinct senders paid within the long window they lie in.
WITH often AS (SELECT src, dst FROM flow GROUP BY src, dst HAVING count(*) >= {min_payments}),
wide AS (
    SELECT dst FROM flow WHERE dst IN (SELECT dst FROM often) GROUP BY dst HAVING count(DISTINCT src) >= {min_senders}
),
counted AS (
    SELECT f.src, f.dst, f.ts_us, f.transfer_id,
           count(*) OVER (PARTITION BY f.src, f.dst ORDER BY f.ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM flow f JOIN often o ON f.src = o.src AND f.dst = o.dst JOIN wide w ON f.dst = w.dst
),
spread AS (
    SELECT dst, ts_us, transfer_id,
           max(n) OVER (PARTITION BY src, dst ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS n
    FROM counted
),
burst AS (SELECT dst, ts_us, transfer_id FROM spread WHERE n >= {min_payments}),
paid AS (
    SELECT f.dst, f.src, f.ts_us,
           lag(f.ts_us) OVER (PARTITION BY f.dst, f.src ORDER BY f.ts_us) AS before_us,
           lead(f.ts_us) OVER (PARTITION BY f.dst, f.src ORDER BY f.ts_us) AS after_us
    FROM flow f WHERE f.dst IN (SELECT dst FROM burst)
),
step AS (
    SELECT dst, ts_us AS at_us, CAST(1 AS BIGINT) AS change FROM paid WHERE before_us IS NULL OR ts_us - before_us > {senders_within_us}
    UNION ALL
    SELECT dst, ts_us + {senders_within_us} + 1 AS at_us, CAST(-1 AS BIGINT) AS change FROM paid
    WHERE after_us IS NULL OR after_us - ts_us > {senders_within_us}
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
    SELECT dst, ts_us, transfer_id, CAST(0 AS BIGINT) AS active FROM burst
    UNION ALL
    SELECT dst, at_us AS ts_us, CAST(NULL AS {binary}) AS transfer_id, active FROM running WHERE active >= {min_senders}
),
seen AS (
    SELECT dst, ts_us, transfer_id,
           max(active) OVER (PARTITION BY dst ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {senders_within_us} FOLLOWING) AS observed
    FROM mixed
)
SELECT dst AS account_key, transfer_id, ts_us, observed FROM seen WHERE transfer_id IS NOT NULL AND observed >= {min_senders}
