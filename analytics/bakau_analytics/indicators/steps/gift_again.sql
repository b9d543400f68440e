-- Columns: src, dst (a protected person's platform account): who gives there again and again, three times or more.
SELECT f.src, f.dst FROM flow f SEMI JOIN protected_account p ON f.dst = p.account_key
WHERE f.channel = 'platform' GROUP BY f.src, f.dst HAVING count(*) >= 3
