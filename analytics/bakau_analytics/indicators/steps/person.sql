-- Who owns an account: one party for each account that somebody owns. Columns: account_key, party_key.
SELECT account_key, min(party_key) AS party_key FROM holding WHERE role IN ('owner', 'co_owner') GROUP BY account_key
