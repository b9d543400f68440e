-- A referable account is credited by accounts without a known tie: repeatedly from abroad, or by several senders within the window.
WITH credited AS (
    SELECT f.dst AS account_key, f.src, f.transfer_id, f.ts_us, coalesce(f.src_country <> f.dst_country, false) AS is_abroad
    FROM flow f JOIN referable_account p ON f.dst = p.account_key LEFT JOIN account a ON f.src = a.account_key
    WHERE coalesce(a.kind, '') NOT IN ('merchant', 'cash_point') AND a.mcc IS NULL
      AND NOT EXISTS (SELECT 1 FROM tied t WHERE t.one = f.src AND t.other = f.dst)
),
windowed AS (
    SELECT account_key, ts_us,
           count(*) FILTER (WHERE is_abroad) OVER near AS abroad, count(DISTINCT src) OVER near AS senders
    FROM credited WINDOW near AS (PARTITION BY account_key ORDER BY ts_us RANGE BETWEEN {window_us} PRECEDING AND CURRENT ROW)
),
sign AS (SELECT account_key, ts_us FROM windowed WHERE abroad >= {min_abroad} OR senders >= {min_senders})
SELECT DISTINCT c.account_key, c.transfer_id, c.ts_us
FROM credited c JOIN sign s ON c.account_key = s.account_key AND c.ts_us <= s.ts_us AND s.ts_us - c.ts_us <= {window_us}
