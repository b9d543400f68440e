-- Coins paid to accounts on a list, directly or through one address that few use and that passes them on within the window; with {both_ways} = 1 also
-- coins that come from there. Who is on the list, services and hosted addresses are left out. Where nobody says what
-- kind of account an end is, the rail says that coins were paid.
WITH target AS (SELECT DISTINCT account_key FROM listed WHERE list IN ({lists})),
hosted AS (SELECT account_key FROM account WHERE kind = 'crypto_address' AND institution_id IS NOT NULL),
held AS (SELECT account_key FROM account WHERE institution_id IS NOT NULL),
narrow AS (
    SELECT f.dst AS address FROM flow f ANTI JOIN held h ON f.dst = h.account_key WHERE f.channel = 'crypto'
    GROUP BY f.dst HAVING count(DISTINCT f.src) <= {max_payers}
),
direct AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us, 1 AS is_out FROM coin f JOIN target t ON f.dst = t.account_key
    UNION ALL
    SELECT f.dst AS account_key, f.transfer_id, f.ts_us, 0 AS is_out FROM coin f JOIN target t ON f.src = t.account_key WHERE {both_ways} = 1
),
outer_end AS (SELECT d.* FROM direct d ANTI JOIN target t ON d.account_key = t.account_key),
via AS (
    SELECT f.src AS account_key, f.transfer_id, f.ts_us, d.transfer_id AS far_id, d.ts_us AS far_us
    FROM outer_end d JOIN narrow n ON d.account_key = n.address JOIN coin f ON f.dst = d.account_key
    WHERE d.is_out = 1 AND d.ts_us >= f.ts_us AND d.ts_us - f.ts_us <= {window_us}
    UNION ALL
    SELECT f.dst AS account_key, f.transfer_id, f.ts_us, d.transfer_id AS far_id, d.ts_us AS far_us
    FROM outer_end d JOIN narrow n ON d.account_key = n.address JOIN coin f ON f.src = d.account_key
    WHERE d.is_out = 0 AND f.ts_us >= d.ts_us AND f.ts_us - d.ts_us <= {window_us}
),
own AS (
    SELECT account_key, transfer_id, ts_us FROM outer_end
    UNION
    SELECT account_key, transfer_id, ts_us FROM via
),
wide AS (
    SELECT o.account_key, count(*) AS n FROM own o ANTI JOIN target t ON o.account_key = t.account_key
    ANTI JOIN service s ON o.account_key = s.account_key ANTI JOIN hosted h ON o.account_key = h.account_key
    GROUP BY o.account_key HAVING count(*) >= {min_payments}
)
SELECT o.account_key, o.transfer_id, o.ts_us, CAST(w.n AS BIGINT) AS observed FROM own o JOIN wide w ON o.account_key = w.account_key
UNION
SELECT v.account_key, v.far_id AS transfer_id, v.far_us AS ts_us, CAST(w.n AS BIGINT) AS observed FROM via v JOIN wide w ON v.account_key = w.account_key
