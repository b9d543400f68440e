-- Accounts of different people that share a phone, a document, a device or an address. Left out are services, protected accounts, accounts of one
-- holder, accounts of holders whom a source calls kin, and whatever more than twelve accounts share (an office, a city, a provider's address: a
-- default of ours). Columns: account_key, other (the other account), other_person (who stands behind it), kind, identifier_key.
WITH used AS (
    SELECT account_key, kind, identifier_key FROM raw_identifier WHERE account_key IS NOT NULL
    UNION
    SELECT h.account_key, i.kind, i.identifier_key FROM raw_identifier i JOIN holding h ON i.party_key = h.party_key WHERE h.role IN ('owner', 'co_owner')
    UNION
    SELECT r.object_key AS account_key, i.kind, i.identifier_key FROM relation r JOIN raw_identifier i ON r.subject_key = i.identifier_key
    WHERE r.subject_realm = 'identifier' AND r.object_realm = 'account'
),
personal AS (
    SELECT u.account_key, u.kind, u.identifier_key FROM used u ANTI JOIN service s ON u.account_key = s.account_key
    ANTI JOIN protected_account p ON u.account_key = p.account_key WHERE u.kind IN ('phone', 'document', 'device', 'address')
),
few AS (SELECT kind, identifier_key FROM personal GROUP BY kind, identifier_key HAVING count(*) > 1 AND count(*) <= 12),
shared AS (SELECT p.account_key, p.kind, p.identifier_key FROM personal p JOIN few f ON p.kind = f.kind AND p.identifier_key = f.identifier_key),
pairs AS (
    SELECT a.account_key, b.account_key AS other, a.kind, a.identifier_key
    FROM shared a JOIN shared b ON a.kind = b.kind AND a.identifier_key = b.identifier_key WHERE a.account_key <> b.account_key
),
related AS (
    SELECT DISTINCT p.account_key, p.other FROM pairs p JOIN holding x ON p.account_key = x.account_key
    JOIN close_party k ON x.party_key = k.one JOIN holding y ON p.other = y.account_key AND k.other = y.party_key
)
SELECT p.account_key, p.other, coalesce(q.party_key, p.other) AS other_person, p.kind, p.identifier_key
FROM pairs p ANTI JOIN related r ON p.account_key = r.account_key AND p.other = r.other LEFT JOIN person q ON p.other = q.account_key
