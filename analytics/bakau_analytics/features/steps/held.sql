-- name: held
-- meaning: the scorable accounts that each party holds at the scored instant
-- reads: holding, scorable, clock
-- kept: table
SELECT DISTINCT h.party_key, h.account_key
FROM holding h JOIN scorable s ON s.account_key = h.account_key
WHERE (h.since_us IS NULL OR h.since_us <= (SELECT as_of_us FROM clock)) AND (h.until_us IS NULL OR h.until_us > (SELECT as_of_us FROM clock))
