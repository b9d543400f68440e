-- name: recent
-- meaning: each payment of the 90 days that end at the scored instant, seen from both ends
-- reads: side, clock
-- kept: view
SELECT * FROM side WHERE ts_us > (SELECT as_of_us FROM clock) - 7776000000000
