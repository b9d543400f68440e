-- A receiver goes silent though the data goes on, and several of its payers abroad soon meet another receiver whom they never paid before.
WITH clock AS (SELECT max(ts_us) AS end_us FROM flow),
modest AS (SELECT src FROM payer GROUP BY src HAVING count(*) >= 2 AND count(*) <= {max_receivers}),
hub AS (SELECT account_key, max(last_us) AS last_us FROM payer GROUP BY account_key HAVING count(*) >= {min_senders}),
silent AS (SELECT h.account_key, h.last_us FROM hub h CROSS JOIN clock c WHERE c.end_us - h.last_us >= {silence_us}),
move AS (
    SELECT s.account_key AS before_key, n.account_key, n.src
    FROM silent s JOIN payer p ON s.account_key = p.account_key JOIN modest m ON p.src = m.src JOIN payer n ON n.src = p.src
    WHERE n.account_key <> s.account_key AND n.first_us > s.last_us AND n.first_us - s.last_us <= {window_us}
),
wide AS (SELECT before_key, account_key, count(*) AS senders FROM move GROUP BY before_key, account_key HAVING count(*) >= {min_senders}),
part AS (
    SELECT m.account_key, m.src, max(w.senders) AS observed
    FROM move m JOIN wide w ON m.before_key = w.before_key AND m.account_key = w.account_key GROUP BY m.account_key, m.src
)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(p.observed AS BIGINT) AS observed
FROM credit_abroad c JOIN part p ON c.account_key = p.account_key AND c.src = p.src
