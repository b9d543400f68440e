-- A crypto address that many small inputs reach and that few larger sums leave: so many inputs for each payment out, which is so many times the mean
-- input on average. Hosted addresses belong to a service.
WITH got AS (
    SELECT dst AS account_key, currency, count(*) AS n, count(DISTINCT src) AS senders, CAST(sum(amount) AS BIGINT) // count(*) AS mean
    FROM coin WHERE dst_address = 1 AND dst_hosted = 0 AND amount IS NOT NULL GROUP BY dst, currency HAVING count(*) >= {min_inputs}
),
gave AS (
    SELECT src AS account_key, currency, count(*) AS n, CAST(sum(amount) AS BIGINT) // count(*) AS mean
    FROM coin WHERE src_address = 1 AND amount IS NOT NULL GROUP BY src, currency HAVING count(*) >= {min_outputs}
),
hit AS (
    SELECT g.account_key, g.currency, g.n FROM got g JOIN gave o ON g.account_key = o.account_key AND g.currency = o.currency
    WHERE g.senders >= {min_senders} AND g.n >= {inputs_per_output} * o.n AND o.mean >= {times_mean} * g.mean
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, h.n AS observed FROM coin f JOIN hit h ON f.dst = h.account_key AND f.currency = h.currency
UNION ALL
SELECT f.src AS account_key, f.transfer_id, f.ts_us, h.n AS observed FROM coin f JOIN hit h ON f.src = h.account_key AND f.currency = h.currency
