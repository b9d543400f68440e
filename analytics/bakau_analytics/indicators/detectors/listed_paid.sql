-- Payments between the {account} and accounts on a list at the other end ({listed}), on any rail. Who is on the list and services are left out.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
found AS (
    SELECT f.{account} AS account_key, f.transfer_id, f.ts_us FROM flow f JOIN target t ON f.{listed} = t.account_key
    ANTI JOIN target o ON f.{account} = o.account_key ANTI JOIN service s ON f.{account} = s.account_key
),
wide AS (SELECT account_key, count(*) AS n FROM found GROUP BY account_key HAVING count(*) >= {min_payments})
SELECT f.account_key, f.transfer_id, f.ts_us, CAST(w.n AS BIGINT) AS observed FROM found f JOIN wide w ON f.account_key = w.account_key
