-- A referable account pays somebody it never paid before, and again and again soon after, as if each payment brought a new demand.
WITH paid AS (
    SELECT f.src AS account_key, f.dst, f.transfer_id, f.ts_us,
           min(f.ts_us) OVER (PARTITION BY f.src, f.dst) AS begun_us,
           coalesce(a.kind, '') = 'merchant' OR a.mcc IS NOT NULL AS is_merchant
    FROM flow f JOIN referable_account p ON f.src = p.account_key LEFT JOIN account a ON f.dst = a.account_key
),
series AS (
    SELECT account_key, dst, begun_us, count(*) AS n FROM paid
    WHERE ts_us - begun_us <= {window_us} AND NOT is_merchant GROUP BY account_key, dst, begun_us HAVING count(*) >= {min_payments}
)
SELECT DISTINCT p.account_key, p.transfer_id, p.ts_us
FROM paid p JOIN series s ON p.account_key = s.account_key AND p.dst = s.dst
WHERE p.ts_us - s.begun_us <= {window_us}
