-- name: twin
-- meaning: for each receiver of the last 90 days the most senders it shares with another one, and the largest share of common among all their senders; senders that pay more than 30 accounts are no tie
-- reads: recent
-- kept: table
WITH pair AS (
    SELECT DISTINCT account_key AS dst, other_key AS src FROM recent WHERE is_out = 0
),
fed AS (
    SELECT dst, count(*) AS n FROM pair GROUP BY dst
),
modest AS (
    SELECT src FROM pair GROUP BY src HAVING count(*) <= 30
),
link AS (
    SELECT p.src, p.dst FROM pair p JOIN modest m ON m.src = p.src
),
shared AS (
    SELECT a.dst AS one, b.dst AS other, count(*) AS n FROM link a JOIN link b ON b.src = a.src AND b.dst <> a.dst GROUP BY a.dst, b.dst
)
SELECT s.one AS account_key, max(s.n) AS shared, max(s.n * 1000000 // (x.n + y.n - s.n)) AS jaccard_ppm
FROM shared s JOIN fed x ON x.dst = s.one JOIN fed y ON y.dst = s.other GROUP BY s.one
