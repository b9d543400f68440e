-- Payers abroad who come and go: a receiver of several of them, each of whom pays few times on average. Evidence is what they paid.
-- What is taken from a protected account counts by who paid it in.
WITH few AS (
    SELECT account_key, CAST(sum(n) AS BIGINT) // count(*) AS per_payer
    FROM payer GROUP BY account_key HAVING count(*) >= {min_senders} AND sum(n) < {most_each} * count(*)
)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(f.per_payer AS BIGINT) AS observed FROM credit_abroad c JOIN few f ON c.account_key = f.account_key
