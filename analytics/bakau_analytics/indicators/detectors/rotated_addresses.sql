-- An address behind many addresses that few payers each use and that pass everything on to it. A hosted one belongs to a service.
WITH brief AS (SELECT address, payer, collector FROM feeder WHERE payers <= {max_payers}),
wide AS (SELECT collector, count(*) AS addresses FROM brief GROUP BY collector HAVING count(*) >= {min_addresses} AND count(DISTINCT payer) >= {min_payers})
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.addresses AS BIGINT) AS observed
FROM coin f JOIN brief b ON f.src = b.address AND f.dst = b.collector JOIN wide w ON f.dst = w.collector WHERE f.dst_hosted = 0
