-- name: party_accounts
-- meaning: scorable accounts a party holds, and the institutions they lie with
-- family: distinct counterparties
-- grain: party
-- columns: number, institutions
-- unit: count
-- window: the scored instant
-- reach: 0 d
-- null: never; a party without a scorable account has no row
-- needs: holding, institution_id
-- steps: held
-- source: FSX-05 [V] ABC 2022 (one person, many accounts), LSC-11 [K]
-- profile: no
-- amounts: no
SELECT h.party_key, count(*) AS party_accounts_number, count(DISTINCT a.institution_id) AS party_accounts_institutions
FROM held h JOIN account a ON a.account_key = h.account_key GROUP BY h.party_key
