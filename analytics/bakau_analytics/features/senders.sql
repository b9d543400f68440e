-- name: senders
-- meaning: distinct accounts that ever paid this one
-- unit: count
-- window: all
-- null: never
-- needs: src, dst
-- source: FAC-01 without its window; a default of ours
-- profile: no
-- amounts: no
SELECT dst AS account_key, CAST(count(DISTINCT src) AS BIGINT) AS value FROM flow GROUP BY dst
