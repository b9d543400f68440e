-- name: active_days
-- meaning: days from the first to the last payment, the first day included
-- unit: days
-- window: all
-- null: never
-- needs: src, dst, ts_us
-- source: FSX-10 (short intense use); a default of ours
-- profile: no
-- amounts: no
WITH seen AS (
    SELECT src AS account_key, ts_us FROM flow UNION ALL SELECT dst AS account_key, ts_us FROM flow
)
SELECT account_key, (max(ts_us) - min(ts_us)) // 86400000000 + 1 AS value FROM seen GROUP BY account_key
