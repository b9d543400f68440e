-- Several prepaid cards or vouchers bought by one account end at one payee within the window after each was bought.
WITH card AS (SELECT account_key FROM account WHERE kind = 'gift_card'),
bought AS (SELECT f.src, f.dst AS card_key, f.transfer_id, f.ts_us FROM flow f JOIN card c ON f.dst = c.account_key),
spent AS (SELECT f.src AS card_key, f.dst, f.transfer_id, f.ts_us FROM flow f JOIN card c ON f.src = c.account_key),
chain AS (
    SELECT b.src, s.dst, b.card_key, b.transfer_id AS in_id, b.ts_us AS in_us, s.transfer_id AS out_id, s.ts_us AS out_us
    FROM bought b JOIN spent s ON b.card_key = s.card_key WHERE b.src <> s.dst AND s.ts_us >= b.ts_us AND s.ts_us - b.ts_us <= {window_us}
),
wide AS (SELECT src, dst, count(DISTINCT card_key) AS cards FROM chain GROUP BY src, dst HAVING count(DISTINCT card_key) >= {min_cards})
SELECT c.src AS account_key, c.in_id AS transfer_id, c.in_us AS ts_us, CAST(w.cards AS BIGINT) AS observed
FROM chain c JOIN wide w ON c.src = w.src AND c.dst = w.dst
UNION
SELECT c.src AS account_key, c.out_id AS transfer_id, c.out_us AS ts_us, CAST(w.cards AS BIGINT) AS observed
FROM chain c JOIN wide w ON c.src = w.src AND c.dst = w.dst
