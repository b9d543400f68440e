-- Who pays whom from abroad. Columns: account_key (who gains), src, n (payments), first_us, last_us.
SELECT account_key, src, count(*) AS n, min(ts_us) AS first_us, max(ts_us) AS last_us FROM credit_abroad GROUP BY account_key, src
