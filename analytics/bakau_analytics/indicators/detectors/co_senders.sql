-- Two receivers fed by the same senders: at least so many in common, and a Jaccard index of their senders of at least so much.
-- Senders that pay more than {max_receivers} accounts (employers, exchanges) and receivers with more than {max_senders} senders are left out.
WITH pair AS (
    SELECT DISTINCT src, dst FROM flow
),
modest AS (
    SELECT src FROM pair GROUP BY src HAVING count(*) >= 2 AND count(*) <= {max_receivers}
),
fed AS (
    SELECT dst, count(*) AS n FROM pair GROUP BY dst HAVING count(*) >= {min_shared} AND count(*) <= {max_senders}
),
tie AS (
    SELECT p.src, p.dst, f.n FROM pair p JOIN modest m ON p.src = m.src JOIN fed f ON p.dst = f.dst
),
twin AS (
    SELECT a.dst AS one, b.dst AS other, count(*) AS shared, min(a.n) + min(b.n) - count(*) AS either
    FROM tie a JOIN tie b ON a.src = b.src AND a.dst <> b.dst GROUP BY a.dst, b.dst
    HAVING count(*) >= {min_shared}
),
hit AS (
    SELECT one, other, shared FROM twin WHERE shared * 1000000 // either >= {min_jaccard_ppm}
),
common AS (
    SELECT a.dst, a.src, max(h.shared) AS observed
    FROM hit h JOIN tie a ON a.dst = h.one JOIN tie b ON b.dst = h.other AND b.src = a.src GROUP BY a.dst, a.src
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, c.observed FROM flow f JOIN common c ON f.dst = c.dst AND f.src = c.src
