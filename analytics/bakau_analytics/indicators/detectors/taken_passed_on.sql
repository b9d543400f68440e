-- Somebody takes money from a protected account and soon pays nearly all of each sum on to one other account: again and again, and most times.
-- The protected account is never the subject; money that goes back to a protected account is not passed on.
WITH take AS (
    SELECT f.dst AS account_key, f.transfer_id, f.ts_us, f.amount, f.currency
    FROM flow f JOIN sweeper s ON f.src = s.holder AND f.dst = s.account_key
),
onward AS (
    SELECT t.account_key, t.transfer_id AS in_id, t.ts_us AS in_us, o.transfer_id AS out_id, o.ts_us AS out_us
    FROM take t JOIN flow o ON o.src = t.account_key AND o.currency = t.currency ANTI JOIN protected_account p ON o.dst = p.account_key
    WHERE o.ts_us >= t.ts_us AND o.ts_us - t.ts_us <= {window_us} AND o.amount <= t.amount
      AND o.amount >= t.amount // 1000000 * {least_ppm} + t.amount % 1000000 * {least_ppm} // 1000000
),
taken AS (SELECT account_key, count(*) AS n FROM take GROUP BY account_key),
total AS (
    SELECT o.account_key, count(DISTINCT o.in_id) AS n FROM onward o GROUP BY o.account_key HAVING count(DISTINCT o.in_id) >= {min_times}
),
most AS (SELECT total.account_key, total.n FROM total JOIN taken ON total.account_key = taken.account_key WHERE total.n * 2 >= taken.n)
SELECT DISTINCT o.account_key, o.in_id AS transfer_id, o.in_us AS ts_us, CAST(m.n AS BIGINT) AS observed FROM onward o JOIN most m ON o.account_key = m.account_key
UNION
SELECT DISTINCT o.account_key, o.out_id AS transfer_id, o.out_us AS ts_us, CAST(m.n AS BIGINT) AS observed FROM onward o JOIN most m ON o.account_key = m.account_key
