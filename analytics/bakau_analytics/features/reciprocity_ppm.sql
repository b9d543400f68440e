-- name: reciprocity_ppm
-- meaning: share of the accounts it pays that also pay it
-- family: distinct counterparties
-- grain: account
-- columns: value
-- unit: ppm
-- window: all
-- reach: all
-- null: it pays nobody
-- needs: src, dst
-- steps: pair
-- source: a default of ours (friends and families pay each other, collection accounts do not)
-- profile: no
-- amounts: no
SELECT a.src AS account_key, count(b.src) * 1000000 // count(*) AS value
FROM pair a LEFT JOIN pair b ON b.src = a.dst AND b.dst = a.src GROUP BY a.src
