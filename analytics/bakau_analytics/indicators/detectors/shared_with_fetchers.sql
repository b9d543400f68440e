-- Other receivers whom its payers abroad pay, too, and who fetch what comes in within the window while one payer abroad makes a large part of it.
-- Payers of more than {max_receivers} receivers are no tie.
WITH fetched AS (
    SELECT account_key FROM purse_event GROUP BY account_key
    HAVING sum(1 - is_out) >= {min_payments} AND count(DISTINCT src) >= {min_senders}
       AND sum(CASE WHEN is_out = 0 AND out_us - ts_us <= {window_us} THEN 1 ELSE 0 END) * 1000000 >= sum(1 - is_out) * {fetched_ppm}
),
led AS (SELECT account_key FROM payer GROUP BY account_key HAVING max(n) * 1000000 >= sum(n) * {one_payer_ppm}),
striking AS (SELECT f.account_key FROM fetched f JOIN led l ON f.account_key = l.account_key),
modest AS (SELECT src FROM payer GROUP BY src HAVING count(*) >= 2 AND count(*) <= {max_receivers}),
enough AS (SELECT account_key FROM payer GROUP BY account_key HAVING sum(n) >= {min_payments} AND count(*) >= {min_senders}),
tie AS (
    SELECT DISTINCT p.account_key, p.src, o.account_key AS other
    FROM payer p JOIN enough e ON p.account_key = e.account_key JOIN modest m ON p.src = m.src
    JOIN payer o ON p.src = o.src AND p.account_key <> o.account_key JOIN striking s ON o.account_key = s.account_key
),
others AS (SELECT account_key, count(DISTINCT other) AS n FROM tie GROUP BY account_key HAVING count(DISTINCT other) >= {min_others}),
shared AS (SELECT DISTINCT account_key, src FROM tie)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(o.n AS BIGINT) AS observed
FROM credit_abroad c JOIN shared s ON c.account_key = s.account_key AND c.src = s.src JOIN others o ON c.account_key = o.account_key
