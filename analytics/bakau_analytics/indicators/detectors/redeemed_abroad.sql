-- Gift cards bought in one country and redeemed in another by somebody else: neither the buyer's own account nor one of the buyer's kin. Shops are
-- left out as redeemers. What protected buyers bought is counted, as money through a protected account is.
WITH card AS (SELECT account_key FROM account WHERE kind = 'gift_card'),
shop AS (SELECT account_key FROM account WHERE kind = 'merchant' OR mcc IS NOT NULL),
bought AS (SELECT f.src, f.dst AS card_key, f.transfer_id, f.ts_us, f.src_country FROM flow f JOIN card c ON f.dst = c.account_key),
spent AS (
    SELECT f.src AS card_key, f.dst, f.transfer_id, f.ts_us, f.dst_country
    FROM flow f JOIN card c ON f.src = c.account_key ANTI JOIN shop s ON f.dst = s.account_key
),
chain AS (
    SELECT b.src, s.dst, b.card_key, b.transfer_id AS in_id, b.ts_us AS in_us, s.transfer_id AS out_id, s.ts_us AS out_us
    FROM bought b JOIN spent s ON b.card_key = s.card_key
    WHERE b.src <> s.dst AND b.src_country <> s.dst_country AND s.ts_us >= b.ts_us AND s.ts_us - b.ts_us <= {window_us}
),
related AS (
    SELECT DISTINCT c.src, c.dst FROM chain c JOIN holding x ON c.src = x.account_key
    JOIN close_party k ON x.party_key = k.one JOIN holding y ON c.dst = y.account_key AND k.other = y.party_key
),
strange AS (SELECT c.* FROM chain c ANTI JOIN related r ON c.src = r.src AND c.dst = r.dst),
wide AS (
    SELECT dst, count(DISTINCT card_key) AS cards FROM strange GROUP BY dst
    HAVING count(DISTINCT card_key) >= {min_cards} AND count(DISTINCT src) >= {min_buyers}
)
SELECT s.dst AS account_key, s.in_id AS transfer_id, s.in_us AS ts_us, CAST(w.cards AS BIGINT) AS observed FROM strange s JOIN wide w ON s.dst = w.dst
UNION
SELECT s.dst AS account_key, s.out_id AS transfer_id, s.out_us AS ts_us, CAST(w.cards AS BIGINT) AS observed FROM strange s JOIN wide w ON s.dst = w.dst
