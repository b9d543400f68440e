-- Money passed along a chain: received, sent on within the window with little kept, and passed on once more in the same way.
WITH hop AS (
    SELECT a.transfer_id AS in_id, a.ts_us AS in_us, b.transfer_id AS out_id, b.ts_us AS out_us, a.dst AS account_key
    FROM flow a JOIN flow b ON a.dst = b.src AND a.currency = b.currency
    WHERE a.time_known AND b.time_known AND a.src <> b.dst AND b.ts_us >= a.ts_us AND b.ts_us - a.ts_us <= {window_us}
      AND a.amount >= {min_amount} AND b.amount <= a.amount AND b.amount >= a.amount - (a.amount // 1000000 * {max_kept_ppm} + a.amount % 1000000 * {max_kept_ppm} // 1000000)
),
link AS (
    SELECT x.account_key AS first_key, y.account_key AS second_key, x.in_id, x.in_us, x.out_id, x.out_us, y.out_id AS last_id, y.out_us AS last_us
    FROM hop x JOIN hop y ON x.out_id = y.in_id WHERE x.account_key <> y.account_key
),
seen AS (
    SELECT first_key AS account_key, in_id AS transfer_id, in_us AS ts_us FROM link
    UNION SELECT first_key, out_id, out_us FROM link
    UNION SELECT second_key, out_id, out_us FROM link
    UNION SELECT second_key, last_id, last_us FROM link
),
total AS (
    SELECT account_key, count(*) AS n FROM seen GROUP BY account_key
)
SELECT s.account_key, s.transfer_id, s.ts_us, CAST(t.n AS BIGINT) AS observed
FROM seen s JOIN total t ON s.account_key = t.account_key WHERE t.n >= {min_transfers}
