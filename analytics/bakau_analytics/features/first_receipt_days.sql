-- name: first_receipt_days
-- meaning: days from the opening of the account to its first receipt of the last 90 days
-- family: account age
-- grain: account
-- columns: value
-- unit: days
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: opening not known or after it, or nothing received
-- needs: dst, ts_us, opened_us
-- steps: recent
-- source: FAC-15 [S]; [D] at most 14 d
-- profile: no
-- amounts: no
WITH first AS (
    SELECT account_key, min(ts_us) AS ts_us FROM recent WHERE is_out = 0 GROUP BY account_key
)
SELECT f.account_key, (f.ts_us - a.opened_us) // 86400000000 AS value
FROM first f JOIN account a ON a.account_key = f.account_key WHERE a.opened_us <= f.ts_us
