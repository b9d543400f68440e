-- An account on a list that many pay nearly the same: within a tenth of the middle sum in one currency. Evidence is all it was paid in that currency.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
paid AS (
    SELECT f.dst, f.src, f.currency, f.amount, f.transfer_id, f.ts_us,
           row_number() OVER (PARTITION BY f.dst, f.currency ORDER BY f.amount, f.transfer_id) AS place, count(*) OVER (PARTITION BY f.dst, f.currency) AS n
    FROM flow f JOIN target t ON f.dst = t.account_key WHERE f.amount IS NOT NULL
),
middle AS (SELECT dst, currency, amount FROM paid WHERE place = (n + 1) // 2),
near AS (
    SELECT p.dst, p.currency, count(DISTINCT p.src) AS payers, count(*) AS payments, max(p.n) AS n
    FROM paid p JOIN middle m ON p.dst = m.dst AND p.currency = m.currency
    WHERE abs(p.amount - m.amount) <= m.amount // 10 GROUP BY p.dst, p.currency
),
wide AS (SELECT dst, currency, payers FROM near WHERE payers >= {min_payers} AND payments * 1000000 >= n * {min_share_ppm})
SELECT p.dst AS account_key, p.transfer_id, p.ts_us, CAST(w.payers AS BIGINT) AS observed FROM paid p JOIN wide w ON p.dst = w.dst AND p.currency = w.currency
