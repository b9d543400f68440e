-- The holder of a referable account pays somebody new again and again, and days later has a new account.
WITH paid AS (
    SELECT f.src AS account_key, f.dst, f.transfer_id, f.ts_us, min(f.ts_us) OVER (PARTITION BY f.src, f.dst) AS begun_us
    FROM flow f JOIN referable_account p ON f.src = p.account_key LEFT JOIN account a ON f.dst = a.account_key
    WHERE coalesce(a.kind, '') <> 'merchant' AND a.mcc IS NULL
),
series AS (
    SELECT account_key, dst, begun_us, max(ts_us) AS last_us FROM paid
    WHERE ts_us - begun_us <= {window_us} GROUP BY account_key, dst, begun_us HAVING count(*) >= {min_payments}
),
followed AS (
    SELECT s.account_key, s.dst, s.begun_us FROM series s JOIN tied t ON t.one = s.account_key AND t.same_holder
    JOIN account n ON n.account_key = t.other
    WHERE n.opened_us > s.begun_us AND n.opened_us - s.last_us <= {opened_us}
)
SELECT DISTINCT p.account_key, p.transfer_id, p.ts_us
FROM paid p JOIN followed f ON p.account_key = f.account_key AND p.dst = f.dst WHERE p.ts_us - f.begun_us <= {window_us}
