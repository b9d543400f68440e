-- Low-value payments from abroad, each inside its currency's band, from several different senders within the window's total.
WITH band (currency, low, high) AS (VALUES {bands}),
listed (country) AS (VALUES {countries}),
small AS (
    SELECT f.dst, f.src, f.ts_us, f.transfer_id
    FROM flow f JOIN band b ON f.currency = b.currency JOIN listed l ON f.dst_country = l.country
    WHERE f.amount >= b.low AND f.amount <= b.high AND f.src_country <> f.dst_country
),
wide AS (
    SELECT dst, count(DISTINCT src) AS n FROM small GROUP BY dst HAVING count(DISTINCT src) >= {min_senders}
)
SELECT s.dst AS account_key, s.transfer_id, s.ts_us, CAST(w.n AS BIGINT) AS observed FROM small s JOIN wide w ON s.dst = w.dst
