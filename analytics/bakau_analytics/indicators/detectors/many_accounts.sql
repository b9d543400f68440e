-- One owner of several accounts at several institutions, all of which others pay into.
WITH paid AS (SELECT DISTINCT dst FROM flow),
used AS (
    SELECT p.party_key, p.account_key, a.institution_id
    FROM person p JOIN account a ON p.account_key = a.account_key JOIN paid d ON p.account_key = d.dst WHERE a.institution_id IS NOT NULL
),
wide AS (
    SELECT party_key, count(*) AS accounts FROM used GROUP BY party_key
    HAVING count(*) >= {min_accounts} AND count(DISTINCT institution_id) >= {min_institutions}
)
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.accounts AS BIGINT) AS observed
FROM flow f JOIN used u ON f.dst = u.account_key JOIN wide w ON u.party_key = w.party_key
