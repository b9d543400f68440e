-- Accounts that somebody names: the tags on an account, or on who owns it, by what is said (the list) and who says so. Nothing that is said about a
-- protected subject is there, and no protected account. Columns: account_key, list, giver.
WITH named AS (
    SELECT subject_key AS account_key, concept AS list, giver FROM shown_tag WHERE subject_realm = 'account'
    UNION
    SELECT h.account_key, t.concept AS list, t.giver FROM shown_tag t JOIN holding h ON t.subject_key = h.party_key
    WHERE t.subject_realm = 'party' AND h.role IN ('owner', 'co_owner')
)
SELECT n.account_key, n.list, coalesce(n.giver, 'a giver who is not stated') AS giver
FROM named n ANTI JOIN protected_account p ON n.account_key = p.account_key
