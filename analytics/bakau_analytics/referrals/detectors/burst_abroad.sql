-- A referable account pays abroad several times within the window. The transfers of every such burst.
WITH paid AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us FROM flow f JOIN referable_account p ON f.src = p.account_key
    WHERE f.src_country <> f.dst_country
),
windowed AS (
    SELECT account_key, transfer_id, ts_us,
           count(*) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM paid
),
burst AS (SELECT account_key, ts_us FROM windowed WHERE n >= {min_payments})
SELECT DISTINCT p.account_key, p.transfer_id, p.ts_us
FROM paid p JOIN burst b ON p.account_key = b.account_key AND p.ts_us <= b.ts_us AND b.ts_us - p.ts_us <= {window_us}
