-- A protected account is credited by several others and emptied soon after by the one who takes most of the payments out of it, no shop. The
-- protected account is never the subject.
WITH credited AS (
    SELECT f.dst AS protected_key, f.src, f.transfer_id, f.ts_us FROM flow f JOIN protected_account p ON f.dst = p.account_key
),
emptied AS (
    SELECT f.src AS protected_key, f.dst AS account_key, f.transfer_id, f.ts_us FROM flow f JOIN sweeper p ON f.src = p.holder AND f.dst = p.account_key
),
sweep AS (
    SELECT e.account_key, e.protected_key, e.transfer_id AS out_id, e.ts_us AS out_us, c.transfer_id AS in_id, c.ts_us AS in_us, c.src
    FROM emptied e JOIN credited c ON e.protected_key = c.protected_key
    WHERE c.src <> e.account_key AND e.ts_us >= c.ts_us AND e.ts_us - c.ts_us <= {window_us}
),
total AS (
    SELECT account_key, count(DISTINCT src) AS senders, count(DISTINCT out_id) AS sweeps FROM sweep GROUP BY account_key
    HAVING count(DISTINCT src) >= {min_senders} AND count(DISTINCT out_id) >= {min_sweeps}
)
SELECT DISTINCT s.account_key, s.out_id AS transfer_id, s.out_us AS ts_us, CAST(t.senders AS BIGINT) AS observed
FROM sweep s JOIN total t ON s.account_key = t.account_key
UNION
SELECT DISTINCT s.account_key, s.in_id AS transfer_id, s.in_us AS ts_us, CAST(t.senders AS BIGINT) AS observed
FROM sweep s JOIN total t ON s.account_key = t.account_key
