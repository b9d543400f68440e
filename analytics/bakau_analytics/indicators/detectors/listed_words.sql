-- Several payments across a border whose texts hold one of the listed words, within the window.
WITH listed (word) AS (VALUES {words}),
worded AS (
    SELECT DISTINCT p.transfer_id FROM payment_word p JOIN listed l ON p.word = l.word
),
told AS (
    SELECT f.src, f.ts_us, f.transfer_id,
           count(*) OVER (PARTITION BY f.src ORDER BY f.ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW) AS n
    FROM flow f JOIN worded w ON f.transfer_id = w.transfer_id
    WHERE f.src_country <> f.dst_country
),
seen AS (
    SELECT src, ts_us, transfer_id, max(n) OVER (PARTITION BY src ORDER BY ts_us RANGE BETWEEN CURRENT ROW AND {window_us} FOLLOWING) AS observed
    FROM told
)
SELECT src AS account_key, transfer_id, ts_us, CAST(observed AS BIGINT) AS observed FROM seen WHERE observed >= {min_payments}
