-- name: price
-- meaning: how many different amounts there were in the last 90 days and how often the commonest, for each account and direction
-- reads: recent
-- kept: table
WITH point AS (
    SELECT account_key, is_out, currency, amount, count(*) AS n FROM recent WHERE amount IS NOT NULL GROUP BY account_key, is_out, currency, amount
)
SELECT account_key, is_out, count(*) AS points, max(n) AS commonest, CAST(sum(n) AS BIGINT) AS n FROM point GROUP BY account_key, is_out
