-- name: money
-- meaning: most value within each window for each account and currency, over payments of the scored period; place 1 is the currency of most of them
-- reads: side, clock
-- kept: table
WITH event AS (
    SELECT account_key, currency, is_out, ts_us, known_us, time_known,
           CASE WHEN is_out = 0 THEN amount ELSE 0 END AS got, CASE WHEN is_out = 1 THEN amount ELSE 0 END AS gave,
           CASE WHEN is_out = 0 AND time_known THEN amount ELSE 0 END AS timed_got,
           CASE WHEN is_out = 1 AND time_known THEN amount ELSE 0 END AS timed_gave
    FROM side WHERE amount IS NOT NULL
),
framed AS (
    SELECT account_key, currency, is_out, known_us, time_known,
           CAST(sum(timed_got) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS in_24h,
           CAST(sum(got) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS in_7d,
           CAST(sum(got) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS in_30d,
           CAST(sum(timed_gave) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS out_24h,
           CAST(sum(gave) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS out_7d,
           CAST(sum(gave) OVER (PARTITION BY account_key, currency ORDER BY ts_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS BIGINT) AS out_30d
    FROM event
),
peak AS (
    SELECT account_key, currency, count(*) AS n,
           max(CASE WHEN time_known THEN in_24h END) AS in_24h,
           max(in_7d) AS in_7d,
           max(in_30d) AS in_30d,
           max(CASE WHEN time_known THEN out_24h END) AS out_24h,
           max(out_7d) AS out_7d,
           max(out_30d) AS out_30d,
           max(CASE WHEN is_out = 1 AND time_known THEN
               least(out_24h, in_24h) // (in_24h // 1000000000000 + 1) * 1000000 // greatest(in_24h // (in_24h // 1000000000000 + 1), 1)
           END) AS passed_24h,
           max(CASE WHEN is_out = 1 THEN
               least(out_7d, in_7d) // (in_7d // 1000000000000 + 1) * 1000000 // greatest(in_7d // (in_7d // 1000000000000 + 1), 1)
           END) AS passed_7d
    FROM framed WHERE known_us > (SELECT since_us FROM clock) GROUP BY account_key, currency
)
SELECT *, row_number() OVER (PARTITION BY account_key ORDER BY n DESC, currency) AS place FROM peak
