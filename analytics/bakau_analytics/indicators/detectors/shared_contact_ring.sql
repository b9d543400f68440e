-- Accounts that are paid and share one phone, document, device or address with accounts of several other people that are paid, too.
WITH paid AS (SELECT DISTINCT dst FROM flow),
ring AS (
    SELECT s.account_key, s.kind, s.identifier_key, count(DISTINCT s.other_person) AS others FROM shared_contact s SEMI JOIN paid p ON s.other = p.dst
    GROUP BY s.account_key, s.kind, s.identifier_key HAVING count(DISTINCT s.other_person) >= {min_others}
),
wide AS (SELECT account_key, max(others) AS others FROM ring GROUP BY account_key)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.others AS BIGINT) AS observed FROM flow f JOIN wide w ON f.dst = w.account_key
