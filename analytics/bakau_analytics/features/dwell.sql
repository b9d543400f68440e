-- name: dwell
-- meaning: shortest and mean time from the last receipt to a payment sent within 7 days after it
-- family: dwell and retention
-- grain: account
-- columns: shortest, mean
-- unit: seconds
-- window: 7 d, RANGE over ts_us, the start excluded; at payments sent in the scored period
-- reach: 7 d
-- null: nothing sent within 7 d of a receipt, both at known times
-- needs: src, dst, ts_us, time_known
-- steps: side
-- source: NET-02 [K] FATF (short dwell); 7 d is a default of ours
-- profile: no
-- amounts: no
WITH framed AS (
    SELECT account_key, is_out, ts_us, known_us,
           max(CASE WHEN is_out = 0 THEN ts_us END) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN 604799999999 PRECEDING AND CURRENT ROW) AS got_us
    FROM side WHERE time_known
)
SELECT account_key, min(ts_us - got_us) // 1000000 AS dwell_shortest,
       CAST(sum(ts_us - got_us) AS BIGINT) // count(got_us) // 1000000 AS dwell_mean
FROM framed WHERE is_out = 1 AND known_us > (SELECT since_us FROM clock) GROUP BY account_key
