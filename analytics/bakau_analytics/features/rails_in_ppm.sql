-- name: rails_in_ppm
-- meaning: share of the payments received by rail
-- family: in/out by rail
-- grain: account
-- columns: bank, card, remittance, e_wallet, crypto, gift_card, platform, cash
-- unit: ppm
-- window: the 90 d that end at the scored instant, the start excluded
-- reach: 90 d
-- null: nothing received in them
-- needs: src, dst, ts_us, channel
-- steps: recent
-- source: FSX-06 [V] AUSTRAC, WAL-02, WAL-03 (money that changes rails); the mix is a default of ours
-- profile: no
-- amounts: no
SELECT account_key,
       CAST(sum(CASE WHEN channel = 'bank' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_bank,
       CAST(sum(CASE WHEN channel = 'card' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_card,
       CAST(sum(CASE WHEN channel = 'remittance' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_remittance,
       CAST(sum(CASE WHEN channel = 'e_wallet' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_e_wallet,
       CAST(sum(CASE WHEN channel = 'crypto' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_crypto,
       CAST(sum(CASE WHEN channel = 'gift_card' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_gift_card,
       CAST(sum(CASE WHEN channel = 'platform' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_platform,
       CAST(sum(CASE WHEN channel = 'cash' THEN 1 ELSE 0 END) AS BIGINT) * 1000000 // count(*) AS rails_in_ppm_cash
FROM recent WHERE is_out = 0 GROUP BY account_key
