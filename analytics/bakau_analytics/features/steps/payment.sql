-- name: payment
-- meaning: the payments known at the scored instant; one with a date alone is known when its day is over
-- reads: flow, clock
-- kept: view
WITH dated AS (
    SELECT *, CASE WHEN time_known THEN ts_us ELSE ts_us + 86399999999 END AS known_us FROM flow
)
SELECT * FROM dated WHERE known_us <= (SELECT as_of_us FROM clock)
