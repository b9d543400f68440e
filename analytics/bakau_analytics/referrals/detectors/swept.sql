-- A referable account is credited and one other account takes most of it away soon after, more than once.
WITH credited AS (
    SELECT f.dst AS account_key, f.src, f.transfer_id, f.ts_us FROM flow f JOIN referable_account p ON f.dst = p.account_key
),
emptied AS (
    SELECT f.src AS account_key, f.dst, f.transfer_id, f.ts_us FROM flow f JOIN referable_account p ON f.src = p.account_key
    LEFT JOIN account a ON f.dst = a.account_key WHERE coalesce(a.kind, '') <> 'merchant' AND a.mcc IS NULL
),
sweep AS (
    SELECT e.account_key, e.dst, e.transfer_id AS out_id, e.ts_us AS out_us, c.transfer_id AS in_id, c.ts_us AS in_us
    FROM emptied e JOIN credited c ON e.account_key = c.account_key
    WHERE c.src <> e.dst AND e.ts_us >= c.ts_us AND e.ts_us - c.ts_us <= {window_us}
),
total AS (SELECT account_key, count(*) AS n FROM credited GROUP BY account_key),
taker AS (
    SELECT s.account_key, s.dst FROM sweep s JOIN total t ON s.account_key = t.account_key GROUP BY s.account_key, s.dst, t.n
    HAVING count(DISTINCT s.out_id) >= {min_sweeps} AND count(DISTINCT s.in_id) * 1000000 >= t.n * {min_share_ppm}
)
SELECT s.account_key, s.out_id AS transfer_id, s.out_us AS ts_us FROM sweep s JOIN taker k ON s.account_key = k.account_key AND s.dst = k.dst
UNION
SELECT s.account_key, s.in_id AS transfer_id, s.in_us AS ts_us FROM sweep s JOIN taker k ON s.account_key = k.account_key AND s.dst = k.dst
