-- name: active_days
-- meaning: days from the first to the last payment, the first day included
-- family: dormancy
-- grain: account
-- columns: value
-- unit: days
-- window: all
-- reach: all
-- null: never
-- needs: src, dst, ts_us
-- steps: payment
-- source: FSX-10 (short intense use); a default of ours
-- profile: no
-- amounts: no
WITH seen AS (
    SELECT src AS account_key, ts_us FROM payment UNION ALL SELECT dst AS account_key, ts_us FROM payment
)
SELECT account_key, (max(ts_us) - min(ts_us)) // 86400000000 + 1 AS value FROM seen GROUP BY account_key
