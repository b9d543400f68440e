-- Purchases from sellers on a list within the window after money came in from abroad. A protected account's purchases are nobody's.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
spent AS (
    SELECT e.account_key, e.transfer_id, e.ts_us FROM purse_event e JOIN target t ON e.dst = t.account_key
    WHERE e.is_out = 1 AND e.account_key = e.holder AND e.ts_us - e.in_us <= {window_us}
),
wide AS (SELECT account_key, count(*) AS n FROM spent GROUP BY account_key HAVING count(*) >= {min_purchases})
SELECT s.account_key, s.transfer_id, s.ts_us, CAST(w.n AS BIGINT) AS observed FROM spent s JOIN wide w ON s.account_key = w.account_key
