-- name: reciprocity_ppm
-- meaning: share of the accounts it pays that also pay it
-- unit: ppm
-- window: all
-- null: it pays nobody
-- needs: src, dst
-- source: a default of ours (friends and families pay each other, collection accounts do not)
-- profile: no
-- amounts: no
WITH pair AS (SELECT DISTINCT src, dst FROM flow)
SELECT a.src AS account_key, CAST(count(b.src) AS BIGINT) * 1000000 // count(*) AS value
FROM pair a LEFT JOIN pair b ON b.src = a.dst AND b.dst = a.src GROUP BY a.src
