-- name: touch
-- meaning: payments of the last 90 days seen from the members of a network; is_inside 1 when the other end is a member, too
-- reads: recent, member
-- kept: table
SELECT m.network_key, m.account_key, r.other_key, r.is_out, r.currency, r.amount, CASE WHEN o.account_key IS NULL THEN 0 ELSE 1 END AS is_inside
FROM recent r JOIN member m ON m.account_key = r.account_key LEFT JOIN member o ON o.network_key = m.network_key AND o.account_key = r.other_key
