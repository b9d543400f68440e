-- name: account_age_days
-- meaning: days from the opening of the account to the scored instant
-- family: account age
-- grain: account
-- columns: value
-- unit: days
-- window: the scored instant
-- reach: 0 d
-- null: opening not known, or later
-- needs: opened_us
-- steps: none
-- source: FSX-10 [K], FAC-15 [S]
-- profile: no
-- amounts: no
SELECT account_key, ((SELECT as_of_us FROM clock) - opened_us) // 86400000000 AS value
FROM account WHERE opened_us <= (SELECT as_of_us FROM clock)
