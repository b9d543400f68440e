-- One payer abroad pays one receiver again and again: the payments of a run, which ends where the gap to the payer's next one is too long.
-- What is taken from a protected account counts by who paid it in.
WITH paid AS (
    SELECT account_key, src, ts_us, transfer_id,
           CASE WHEN ts_us - lag(ts_us) OVER (PARTITION BY account_key, src ORDER BY ts_us, transfer_id) <= {most_gap_us} THEN 0 ELSE 1 END AS begins
    FROM credit_abroad
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
