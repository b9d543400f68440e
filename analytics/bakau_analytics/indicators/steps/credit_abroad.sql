-- Who gains from what comes in across a border. A credit of a protected account counts for the one who takes most of the payments out of it,
-- so that a child's account that stands between hides nobody; the protected account gets no row of its own. Services are left out. What is given on
-- a platform again and again (gift_holder) is no remittance, and is looked at for itself.
-- Columns: account_key (who gains), holder (whose account was credited), src, transfer_id, ts_us, time_known, local_hour, amount, currency.
WITH abroad AS (SELECT * FROM flow WHERE src_country <> dst_country)
SELECT f.dst AS account_key, f.dst AS holder, f.src, f.transfer_id, f.ts_us, f.time_known, f.local_hour, f.amount, f.currency
FROM abroad f ANTI JOIN protected_account p ON f.dst = p.account_key ANTI JOIN service s ON f.dst = s.account_key
UNION ALL
SELECT s.account_key, s.holder, f.src, f.transfer_id, f.ts_us, f.time_known, f.local_hour, f.amount, f.currency
FROM abroad f JOIN sweeper s ON f.dst = s.holder ANTI JOIN gift_holder g ON f.dst = g.holder WHERE f.src <> s.account_key
