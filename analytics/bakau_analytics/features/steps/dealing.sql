-- name: dealing
-- meaning: payments of the last 90 days between a party and others: those between its own accounts are left out
-- reads: recent, held
-- kept: table
SELECT h.party_key, r.other_key, r.is_out
FROM recent r JOIN held h ON h.account_key = r.account_key LEFT JOIN held o ON o.party_key = h.party_key AND o.account_key = r.other_key
WHERE o.account_key IS NULL
