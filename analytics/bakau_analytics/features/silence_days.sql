-- name: silence_days
-- meaning: longest silence of at most 90 days, between two payments of the account in either direction, that ended in the scored period
-- family: dormancy
-- grain: account
-- columns: value
-- unit: days
-- window: silences of at most 90 d
-- reach: 90 d
-- null: no two payments within 90 d
-- needs: src, dst, ts_us
-- steps: side
-- source: FSX-10 [K] (dormancy); 90 d is a default of ours
-- profile: no
-- amounts: no
WITH spaced AS (
    SELECT account_key, known_us, ts_us - lag(ts_us) OVER (PARTITION BY account_key ORDER BY ts_us, known_us) AS gap_us FROM side
)
SELECT account_key, max(gap_us) // 86400000000 AS value
FROM spaced WHERE known_us > (SELECT since_us FROM clock) AND gap_us <= 7776000000000 GROUP BY account_key
