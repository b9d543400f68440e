-- A referable account buys several gift cards or top-ups within the window: the gift-card or platform rail, or a merchant of digital games.
WITH bought AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us
    FROM flow f JOIN referable_account p ON f.src = p.account_key LEFT JOIN account a ON f.dst = a.account_key
    WHERE f.channel = 'gift_card' OR a.kind = 'gift_card' OR a.mcc IN ('5815', '5816', '5817', '5818')
),
windowed AS (
    SELECT account_key, transfer_id, ts_us,
           count(*) OVER (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM bought
),
burst AS (SELECT account_key, ts_us FROM windowed WHERE n >= {min_payments})
SELECT DISTINCT o.account_key, o.transfer_id, o.ts_us
FROM bought o JOIN burst b ON o.account_key = b.account_key AND o.ts_us <= b.ts_us AND b.ts_us - o.ts_us <= {window_us}
