-- What comes in on other rails goes out on the crypto rail, or to a crypto address, within the window: nearly all of its value.
WITH spent AS (SELECT src, currency, transfer_id, ts_us, amount FROM coin WHERE src_address = 0 AND time_known AND amount IS NOT NULL),
event AS (
    SELECT src AS account_key, currency, ts_us, transfer_id, amount, 1 AS is_out FROM spent
    UNION ALL
    SELECT f.dst AS account_key, f.currency, f.ts_us, f.transfer_id, f.amount, 0 AS is_out
    FROM flow f SEMI JOIN spent s ON f.dst = s.src WHERE f.time_known AND f.amount IS NOT NULL AND f.channel <> 'crypto'
),
seen AS (
    SELECT account_key, currency, ts_us, transfer_id, amount, is_out,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS in_us
    FROM event
),
total AS (
    SELECT account_key, currency, CAST(sum(CASE WHEN is_out = 0 THEN amount ELSE 0 END) AS BIGINT) AS got,
           CAST(sum(CASE WHEN is_out = 1 AND ts_us - in_us <= {window_us} THEN amount ELSE 0 END) AS BIGINT) AS passed,
           CAST(sum(CASE WHEN is_out = 1 AND ts_us - in_us <= {window_us} THEN 1 ELSE 0 END) AS BIGINT) AS n
    FROM seen GROUP BY account_key, currency
),
hit AS (
    SELECT account_key, currency, n FROM total
    WHERE n >= {min_transfers} AND got > 0 AND passed >= got // 1000000 * {min_passed_ppm} + got % 1000000 * {min_passed_ppm} // 1000000
)
SELECT s.account_key, s.transfer_id, s.ts_us, h.n AS observed
FROM seen s JOIN hit h ON s.account_key = h.account_key AND s.currency = h.currency
