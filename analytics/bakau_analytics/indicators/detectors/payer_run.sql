-- One payer abroad, of so many, pays one receiver again and again: the payments of a run, which ends where the gap to the payer's next one is too
-- long. What is taken from a protected account counts by who paid it in.
WITH wide AS (SELECT account_key FROM payer GROUP BY account_key HAVING count(*) >= {min_senders}),
paid AS (
    SELECT c.account_key, c.src, c.ts_us, c.transfer_id,
           CASE WHEN c.ts_us - lag(c.ts_us) OVER (PARTITION BY c.account_key, c.src ORDER BY c.ts_us, c.transfer_id) <= {most_gap_us} THEN 0 ELSE 1 END AS begins
    FROM credit_abroad c SEMI JOIN wide w ON c.account_key = w.account_key
),
run AS (
    SELECT account_key, src, ts_us, transfer_id,
           sum(begins) OVER (PARTITION BY account_key, src ORDER BY ts_us, transfer_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM paid
),
sized AS (
    SELECT account_key, ts_us, transfer_id, CAST(count(*) OVER (PARTITION BY account_key, src, number) AS BIGINT) AS observed FROM run
)
SELECT account_key, transfer_id, ts_us, observed FROM sized WHERE observed >= {min_payments}
