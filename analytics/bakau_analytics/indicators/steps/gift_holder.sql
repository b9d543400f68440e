-- Protected persons' platform accounts to which several people give again and again (three or more come back, gift_again, and a tenth of all who
-- give: with a thousand followers three come back by chance). Where most of what such an account pays out goes to another protected account, that one
-- stands for it. Columns: account_key (who takes what comes out of that one), holder, gifts (the platform account), payers (how many come back).
WITH again AS (SELECT dst AS gifts, count(*) AS payers FROM gift_again GROUP BY dst HAVING count(*) >= 3),
giver AS (SELECT f.dst AS gifts, count(DISTINCT f.src) AS n FROM flow f SEMI JOIN again a ON f.dst = a.gifts WHERE f.channel = 'platform' GROUP BY f.dst),
given AS (SELECT a.gifts, a.payers FROM again a JOIN giver g ON a.gifts = g.gifts WHERE a.payers * 10 >= g.n),
paid_out AS (
    SELECT g.gifts, f.dst, g.payers, count(*) AS n, min(f.ts_us) AS first_us FROM flow f JOIN given g ON f.src = g.gifts GROUP BY g.gifts, f.dst, g.payers
),
ordered AS (
    SELECT gifts, dst, payers, row_number() OVER (PARTITION BY gifts ORDER BY n DESC, first_us, dst) AS place FROM paid_out
),
stands AS (
    SELECT CASE WHEN p.account_key IS NULL THEN o.gifts ELSE o.dst END AS holder, o.gifts, o.payers
    FROM ordered o LEFT JOIN protected_account p ON o.dst = p.account_key WHERE o.place = 1
)
SELECT s.account_key, h.holder, h.gifts, h.payers FROM stands h JOIN sweeper s ON h.holder = s.holder
