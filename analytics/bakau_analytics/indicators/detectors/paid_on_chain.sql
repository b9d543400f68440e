-- Benign: a crypto address that nobody hosts and that several others pay. Whoever stands behind an address, and whether two are one, no chain says.
WITH wide AS (
    SELECT dst, count(DISTINCT src) AS n FROM coin WHERE dst_address = 1 AND dst_hosted = 0 GROUP BY dst HAVING count(DISTINCT src) >= {min_senders}
)
SELECT c.dst AS account_key, c.transfer_id, c.ts_us, CAST(w.n AS BIGINT) AS observed FROM coin c JOIN wide w ON c.dst = w.dst
