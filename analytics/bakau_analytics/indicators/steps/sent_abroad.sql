-- Payments across a border between accounts that are no services, with who stands behind both ends. An account whose owner nobody stated is its
-- own person. Columns: transfer_id, src, dst, ts_us, time_known, amount, currency, src_country, dst_country, dst_outlet, src_person, dst_person,
-- src_institution, dst_institution, wallet (the receiver where it is an e-wallet).
SELECT f.transfer_id, f.src, f.dst, f.ts_us, f.time_known, f.amount, f.currency, f.src_country, f.dst_country, f.dst_outlet,
       coalesce(p.party_key, f.src) AS src_person, coalesce(q.party_key, f.dst) AS dst_person,
       a.institution_id AS src_institution, b.institution_id AS dst_institution, CASE WHEN b.kind = 'e_wallet' THEN f.dst END AS wallet
FROM flow f ANTI JOIN service s ON f.src = s.account_key ANTI JOIN service t ON f.dst = t.account_key
LEFT JOIN account a ON f.src = a.account_key LEFT JOIN account b ON f.dst = b.account_key
LEFT JOIN person p ON f.src = p.account_key LEFT JOIN person q ON f.dst = q.account_key
WHERE f.src_country <> f.dst_country
