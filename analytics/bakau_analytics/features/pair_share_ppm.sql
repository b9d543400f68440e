-- name: pair_share_ppm
-- meaning: share of the pair's payments among all that its sender sent and among all that its receiver received
-- family: value
-- grain: pair
-- columns: of_sent, of_received
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: never; a pair without payments in them has no row
-- needs: src, dst, ts_us
-- steps: recent, habit
-- source: a default of ours (a payee who is one among many, a payer who is the only one)
-- profile: no
-- amounts: no
WITH pair AS (
    SELECT other_key AS src, account_key AS dst, count(*) AS n FROM recent WHERE is_out = 0 GROUP BY other_key, account_key
)
SELECT p.src, p.dst, p.n * 1000000 // s.n AS pair_share_ppm_of_sent, p.n * 1000000 // r.n AS pair_share_ppm_of_received
FROM pair p JOIN habit s ON s.account_key = p.src AND s.is_out = 1 JOIN habit r ON r.account_key = p.dst AND r.is_out = 0
