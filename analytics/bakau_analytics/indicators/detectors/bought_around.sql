-- Purchases from sellers on a list within the window before or after payments of the same account abroad to others. Evidence is both.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
buy AS (SELECT f.src, f.transfer_id, f.ts_us FROM flow f JOIN target t ON f.dst = t.account_key ANTI JOIN service s ON f.src = s.account_key),
event AS (
    SELECT src AS account_key, transfer_id, ts_us, 1 AS is_buy FROM buy
    UNION ALL
    SELECT f.src AS account_key, f.transfer_id, f.ts_us, 0 AS is_buy
    FROM sent_abroad f SEMI JOIN buy b ON f.src = b.src ANTI JOIN target t ON f.dst = t.account_key
),
seen AS (
    SELECT account_key, transfer_id, ts_us, is_buy,
           max(is_buy) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND {window_us} FOLLOWING) AS has_buy,
           max(1 - is_buy) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND {window_us} FOLLOWING) AS has_sent
    FROM event
),
close AS (SELECT account_key, transfer_id, ts_us, is_buy FROM seen WHERE has_buy = 1 AND has_sent = 1),
wide AS (
    SELECT account_key, sum(is_buy) AS n FROM close GROUP BY account_key
    HAVING sum(is_buy) >= {min_purchases} AND sum(1 - is_buy) >= {min_payments}
)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(w.n AS BIGINT) AS observed FROM close c JOIN wide w ON c.account_key = w.account_key
