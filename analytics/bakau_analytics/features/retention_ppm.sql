-- name: retention_ppm
-- meaning: value received and not sent on within the window, over value received, in the currency of most of the account's payments
-- family: dwell and retention
-- grain: account
-- columns: 7d, 30d, 90d
-- unit: ppm
-- window: the 7 d, 30 d and 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no amounts, or nothing received
-- needs: src, dst, ts_us, amount, currency
-- steps: recent
-- source: NET-02 [K] FATF (small retention); windows are a default of ours
-- profile: no
-- amounts: yes
WITH total AS (
    SELECT account_key, currency, count(*) AS n,
           CAST(sum(CASE WHEN is_out = 0 AND ts_us > (SELECT as_of_us FROM clock) - 604800000000 THEN amount ELSE 0 END) AS BIGINT) AS got_7d,
           CAST(sum(CASE WHEN is_out = 1 AND ts_us > (SELECT as_of_us FROM clock) - 604800000000 THEN amount ELSE 0 END) AS BIGINT) AS gave_7d,
           CAST(sum(CASE WHEN is_out = 0 AND ts_us > (SELECT as_of_us FROM clock) - 2592000000000 THEN amount ELSE 0 END) AS BIGINT) AS got_30d,
           CAST(sum(CASE WHEN is_out = 1 AND ts_us > (SELECT as_of_us FROM clock) - 2592000000000 THEN amount ELSE 0 END) AS BIGINT) AS gave_30d,
           CAST(sum(CASE WHEN is_out = 0 THEN amount ELSE 0 END) AS BIGINT) AS got_90d,
           CAST(sum(CASE WHEN is_out = 1 THEN amount ELSE 0 END) AS BIGINT) AS gave_90d
    FROM recent WHERE amount IS NOT NULL GROUP BY account_key, currency
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY account_key ORDER BY n DESC, currency) AS place FROM total
)
SELECT account_key,
       greatest(got_7d - gave_7d, 0) // (got_7d // 1000000000000 + 1) * 1000000 // nullif(got_7d // (got_7d // 1000000000000 + 1), 0) AS retention_ppm_7d,
       greatest(got_30d - gave_30d, 0) // (got_30d // 1000000000000 + 1) * 1000000 // nullif(got_30d // (got_30d // 1000000000000 + 1), 0) AS retention_ppm_30d,
       greatest(got_90d - gave_90d, 0) // (got_90d // 1000000000000 + 1) * 1000000 // nullif(got_90d // (got_90d // 1000000000000 + 1), 0) AS retention_ppm_90d
FROM ranked WHERE place = 1
