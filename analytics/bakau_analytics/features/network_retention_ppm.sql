-- name: network_retention_ppm
-- meaning: value from outside that did not leave again, over value from outside, in the currency of most payments from outside
-- family: dwell and retention
-- grain: network
-- columns: value
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: no amounts, or nothing received from outside
-- needs: member, src, dst, ts_us, amount, currency
-- steps: touch
-- source: NET-02 [K] FATF; a default of ours
-- profile: no
-- amounts: yes
WITH total AS (
    SELECT network_key, currency, sum(CASE WHEN is_out = 0 THEN 1 ELSE 0 END) AS n,
           CAST(sum(CASE WHEN is_out = 0 THEN amount ELSE 0 END) AS BIGINT) AS got,
           CAST(sum(CASE WHEN is_out = 1 THEN amount ELSE 0 END) AS BIGINT) AS gave
    FROM touch WHERE is_inside = 0 AND amount IS NOT NULL GROUP BY network_key, currency
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY network_key ORDER BY n DESC, currency) AS place FROM total
)
SELECT network_key, greatest(got - gave, 0) // (got // 1000000000000 + 1) * 1000000 // nullif(got // (got // 1000000000000 + 1), 0) AS value
FROM ranked WHERE place = 1
