-- name: receivers
-- meaning: distinct accounts this one ever paid
-- unit: count
-- window: all
-- null: never
-- needs: src, dst
-- source: LSC-04 without its window and corridor; a default of ours
-- profile: no
-- amounts: no
SELECT src AS account_key, CAST(count(DISTINCT dst) AS BIGINT) AS value FROM flow GROUP BY src
