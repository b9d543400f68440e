-- Payments across a border to accounts on a list, between accounts that are no services. Who is on the list is left out as a payer.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
found AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us FROM sent_abroad f JOIN target t ON f.dst = t.account_key ANTI JOIN target o ON f.src = o.account_key
),
wide AS (SELECT account_key, count(*) AS n FROM found GROUP BY account_key HAVING count(*) >= {min_payments})
SELECT f.account_key, f.transfer_id, f.ts_us, CAST(w.n AS BIGINT) AS observed FROM found f JOIN wide w ON f.account_key = w.account_key
