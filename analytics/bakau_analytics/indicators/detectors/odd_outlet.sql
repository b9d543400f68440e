-- Paid out at an outlet where small sums from abroad make an unusual share of all that is paid out, against the other outlets of its country:
-- so many standard deviations above their mean, in whole numbers (shares in per mille).
WITH band (currency, low, high) AS (VALUES {bands}),
small AS (
    SELECT f.dst, f.dst_outlet, f.ts_us, f.transfer_id FROM sent_abroad f JOIN band b ON f.currency = b.currency
    WHERE f.amount >= b.low AND f.amount <= b.high AND f.dst_outlet IS NOT NULL
),
everything AS (
    SELECT dst_outlet, min(dst_country) AS country, count(*) AS n FROM flow WHERE dst_outlet IS NOT NULL GROUP BY dst_outlet HAVING count(*) >= {min_paid}
),
counted AS (SELECT dst_outlet, count(*) AS n FROM small GROUP BY dst_outlet),
outlet AS (
    SELECT e.dst_outlet, e.country, coalesce(c.n, 0) * 1000 // e.n AS share FROM everything e LEFT JOIN counted c ON e.dst_outlet = c.dst_outlet
),
peers AS (
    SELECT country, count(*) AS n, CAST(sum(share) AS BIGINT) AS total, CAST(sum(share * share) AS BIGINT) AS squares
    FROM outlet GROUP BY country HAVING count(*) >= {min_outlets}
),
odd AS (
    SELECT o.dst_outlet FROM outlet o JOIN peers p ON o.country = p.country
    WHERE p.n * o.share > p.total
      AND (p.n * o.share - p.total) * (p.n * o.share - p.total) >= {deviations} * {deviations} * (p.n * p.squares - p.total * p.total)
),
seen AS (SELECT s.dst, s.ts_us, s.transfer_id, count(*) OVER (PARTITION BY s.dst) AS observed FROM small s JOIN odd o ON s.dst_outlet = o.dst_outlet)
SELECT dst AS account_key, transfer_id, ts_us, observed FROM seen WHERE observed >= {min_payments}
