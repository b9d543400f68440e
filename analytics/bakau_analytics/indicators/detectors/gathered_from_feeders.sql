-- A crypto address to which several others, each paid by many, pass on much of what they get, again and again, and which pays on itself. Much of what
-- reaches it comes from them, and not many others pay it. Hosted addresses belong to a service.
WITH given AS (
    SELECT src, dst, currency, count(*) AS n, CAST(sum(amount) AS BIGINT) AS worth FROM coin
    WHERE src_address = 1 AND dst_address = 1 AND src_hosted = 0 AND dst_hosted = 0 AND amount IS NOT NULL GROUP BY src, dst, currency
),
gone AS (SELECT src, currency, CAST(sum(amount) AS BIGINT) AS worth FROM coin WHERE src_address = 1 AND amount IS NOT NULL GROUP BY src, currency),
come AS (
    SELECT dst, currency, count(*) AS n, count(DISTINCT src) AS payers, CAST(sum(amount) AS BIGINT) AS worth FROM coin
    WHERE dst_address = 1 AND amount IS NOT NULL GROUP BY dst, currency
),
fed AS (
    SELECT g.src, g.dst, g.currency, g.n, c.payers
    FROM given g JOIN gone o ON g.src = o.src AND g.currency = o.currency JOIN come c ON g.src = c.dst AND g.currency = c.currency
    WHERE c.payers >= {min_payers_each} AND g.worth >= o.worth // 1000 * ({given_ppm} // 1000) AND g.worth >= c.worth // 1000 * ({passed_ppm} // 1000)
),
gathers AS (
    SELECT dst, currency, count(*) AS feeders, CAST(sum(n) AS BIGINT) AS n FROM fed GROUP BY dst, currency
    HAVING count(*) >= {min_feeders} AND sum(n) >= {min_payments} AND sum(payers) >= {payers_each} * count(*)
),
hit AS (
    SELECT g.dst, g.currency, g.feeders FROM gathers g JOIN come c ON g.dst = c.dst AND g.currency = c.currency
    JOIN gone o ON g.dst = o.src AND g.currency = o.currency WHERE g.n * 1000000 >= c.n * {gathered_ppm} AND g.feeders * 1000000 >= c.payers * {feeders_ppm}
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(h.feeders AS BIGINT) AS observed
FROM coin f JOIN hit h ON f.dst = h.dst AND f.currency = h.currency JOIN fed d ON f.src = d.src AND f.dst = d.dst AND f.currency = d.currency
WHERE f.amount IS NOT NULL
