-- A receiver most of whose payers abroad pay another receiver, too, that has as many payers. Payers of more than {max_receivers} receivers are no tie.
WITH hub AS (SELECT account_key FROM payer GROUP BY account_key HAVING count(*) >= {min_senders} AND count(*) <= {max_senders}),
fed AS (SELECT p.account_key, p.src FROM payer p JOIN hub h ON p.account_key = h.account_key),
both_ways AS (SELECT src FROM fed GROUP BY src HAVING count(*) >= 2 AND count(*) <= {max_receivers}),
share AS (
    SELECT f.account_key, count(b.src) * 1000000 // count(*) AS ppm FROM fed f LEFT JOIN both_ways b ON f.src = b.src GROUP BY f.account_key
)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(s.ppm AS BIGINT) AS observed
FROM credit_abroad c JOIN share s ON c.account_key = s.account_key WHERE s.ppm >= {min_share_ppm}
