-- Wallets whose holders a provider knows as adults, and how many of them are used as a child would. One row per provider and tier.
WITH paid AS (
    SELECT f.src AS account_key, count(*) AS n,
           count(*) FILTER (WHERE f.channel IN ('gift_card', 'platform') OR a.kind IN ('gift_card', 'platform_account')
                            OR a.mcc IN ('5815', '5816', '5817', '5818', '5945', '7994')) AS play,
           count(DISTINCT f.dst) AS payees, max(f.amount) AS largest, median(f.amount) AS middle
    FROM flow f LEFT JOIN account a ON f.dst = a.account_key GROUP BY f.src
),
abroad AS (SELECT DISTINCT dst AS account_key FROM flow WHERE src_country <> dst_country),
tier AS (
    SELECT h.account_key, min(p.kyc_level) AS tier FROM holding h JOIN party p USING (party_key) GROUP BY h.account_key
),
wallet AS (
    SELECT w.institution_id, coalesce(t.tier, 'not stated') AS tier, g.account_key IS NOT NULL AS is_adult,
           coalesce(p.n >= $min_payments AND p.play * 1000000 >= p.n * $min_play_ppm, false) AS is_childlike,
           b.account_key IS NOT NULL AS is_credited_from_abroad
    FROM account w LEFT JOIN adult_account g USING (account_key) LEFT JOIN tier t USING (account_key) LEFT JOIN paid p USING (account_key)
    LEFT JOIN abroad b USING (account_key)
    WHERE w.kind = 'e_wallet' AND w.institution_id IS NOT NULL
)
SELECT institution_id, tier, count(*) AS wallets, count(*) FILTER (WHERE is_adult) AS adult,
       count(*) FILTER (WHERE is_adult AND is_childlike) AS childlike,
       count(*) FILTER (WHERE is_adult AND is_childlike AND is_credited_from_abroad) AS gap
FROM wallet GROUP BY institution_id, tier ORDER BY institution_id, tier
