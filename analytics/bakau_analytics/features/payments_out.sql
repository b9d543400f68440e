-- name: payments_out
-- meaning: payments sent
-- unit: count
-- window: all
-- null: never
-- needs: src, dst
-- source: base rate; a default of ours
-- profile: no
-- amounts: no
SELECT src AS account_key, CAST(count(*) AS BIGINT) AS value FROM flow GROUP BY src
