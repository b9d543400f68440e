-- A personal e-wallet that many pay and that pays nearly none of them back. Services among the payers are left out.
WITH credit AS (
    SELECT f.dst, f.src, f.transfer_id, f.ts_us
    FROM flow f JOIN account a ON f.dst = a.account_key ANTI JOIN service s ON f.dst = s.account_key ANTI JOIN service t ON f.src = t.account_key
    WHERE a.kind = 'e_wallet'
),
sender AS (SELECT dst, src FROM credit GROUP BY dst, src),
wide AS (SELECT dst FROM sender GROUP BY dst HAVING count(*) >= {min_senders}),
back AS (SELECT DISTINCT f.src AS dst, f.dst AS src FROM flow f JOIN wide w ON f.src = w.dst),
share AS (
    SELECT s.dst, count(*) AS senders, count(b.src) AS paid_back
    FROM sender s JOIN wide w ON s.dst = w.dst LEFT JOIN back b ON s.dst = b.dst AND s.src = b.src GROUP BY s.dst
)
SELECT c.dst AS account_key, c.transfer_id, c.ts_us, CAST(h.senders AS BIGINT) AS observed
FROM credit c JOIN share h ON c.dst = h.dst WHERE h.paid_back * 1000000 <= h.senders * {max_back_ppm}
