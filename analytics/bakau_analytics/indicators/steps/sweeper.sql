-- Columns: holder (a protected account), account_key (who takes most of the payments out of it, two or more; of equal ones who took first).
WITH taken AS (
    SELECT f.src AS holder, f.dst AS account_key, count(*) AS n, min(f.ts_us) AS first_us
    FROM flow f SEMI JOIN protected_account p ON f.src = p.account_key ANTI JOIN protected_account q ON f.dst = q.account_key
    ANTI JOIN service s ON f.dst = s.account_key
    GROUP BY f.src, f.dst HAVING count(*) >= 2
),
ordered AS (SELECT holder, account_key, row_number() OVER (PARTITION BY holder ORDER BY n DESC, first_us, account_key) AS place FROM taken)
SELECT holder, account_key FROM ordered WHERE place = 1
