-- Crypto addresses that pass everything on to one other address. Columns: address, payers (how many), payer (one of them), collector.
WITH fed AS (SELECT dst AS address, count(DISTINCT src) AS payers, min(src) AS payer FROM coin WHERE dst_address = 1 GROUP BY dst),
emptied AS (SELECT src AS address, min(dst) AS collector FROM coin WHERE src_address = 1 GROUP BY src HAVING count(DISTINCT dst) = 1)
SELECT f.address, f.payers, f.payer, e.collector FROM fed f JOIN emptied e ON f.address = e.address WHERE f.payers > 1 OR f.payer <> e.collector
