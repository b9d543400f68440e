-- name: corridors
-- meaning: distinct countries, other than the account's payments' own, that it received from
-- family: corridor
-- grain: account
-- columns: value
-- unit: count
-- window: all
-- reach: all
-- null: countries not known
-- needs: src_country, dst_country
-- steps: payment
-- source: FAC-10 [V] lists the source countries; counting them is a default of ours
-- profile: yes
-- amounts: no
SELECT dst AS account_key, CAST(count(DISTINCT src_country) AS BIGINT) AS value
FROM payment WHERE src_country <> dst_country GROUP BY dst
