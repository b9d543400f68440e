-- name: repeat_payees_ppm
-- meaning: share of the accounts it pays that it paid in two or more different months of 30 days
-- unit: ppm
-- window: 30 d buckets since 1970
-- null: it pays nobody
-- needs: src, dst, ts_us
-- source: a default of ours (households, wages and rent repeat)
-- profile: no
-- amounts: no
WITH pair AS (
    SELECT src, dst, count(DISTINCT ts_us // 2592000000000) AS months FROM flow GROUP BY src, dst
)
SELECT src AS account_key, CAST(sum(CASE WHEN months >= 2 THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS value FROM pair GROUP BY src
