-- Small crypto payments to addresses that one payer alone uses and that all feed one collecting address. Payers of many are left out.
WITH band (currency, low, high) AS (VALUES {bands}),
collector AS (SELECT collector FROM feeder WHERE payers = 1 GROUP BY collector HAVING count(DISTINCT payer) >= {min_addresses}),
deposit AS (SELECT f.address, f.payer FROM feeder f JOIN collector c ON f.collector = c.collector WHERE f.payers = 1),
modest AS (SELECT payer FROM deposit GROUP BY payer HAVING count(*) <= {max_deposits}),
paid AS (
    SELECT f.src, f.transfer_id, f.ts_us, count(*) OVER (PARTITION BY f.src) AS observed
    FROM coin f JOIN deposit d ON f.dst = d.address AND f.src = d.payer JOIN modest m ON f.src = m.payer JOIN band b ON f.currency = b.currency
    WHERE f.amount >= b.low AND f.amount <= b.high
)
SELECT src AS account_key, transfer_id, ts_us, observed FROM paid WHERE observed >= {min_payments}
