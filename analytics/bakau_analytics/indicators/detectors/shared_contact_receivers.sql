-- Receivers of money from abroad who share a phone, a document, a device or an address with other receivers. Evidence is what each was paid.
WITH receiver AS (SELECT account_key FROM payer GROUP BY account_key HAVING count(*) >= {min_senders} AND sum(n) >= {min_payments}),
near AS (
    SELECT s.account_key, count(DISTINCT s.other_person) AS others
    FROM shared_contact s JOIN receiver r ON s.account_key = r.account_key JOIN receiver o ON s.other = o.account_key
    GROUP BY s.account_key HAVING count(DISTINCT s.other_person) >= {min_others}
)
SELECT c.account_key, c.transfer_id, c.ts_us, CAST(n.others AS BIGINT) AS observed FROM credit_abroad c JOIN near n ON c.account_key = n.account_key
