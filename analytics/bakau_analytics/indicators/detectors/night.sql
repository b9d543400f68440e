-- Payments sent late at night or early in the morning, at the sender.
WITH share AS (
    SELECT src, CAST(sum(CASE WHEN local_hour >= {from_hour} OR local_hour < {to_hour} THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS ppm
    FROM flow WHERE local_hour IS NOT NULL GROUP BY src HAVING count(*) >= {min_payments}
)
SELECT f.src AS account_key, f.transfer_id, f.ts_us, s.ppm AS observed
FROM flow f JOIN share s ON f.src = s.src WHERE s.ppm >= {min_share_ppm} AND f.local_hour IS NOT NULL
