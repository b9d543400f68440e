-- Accounts of kinds that serve everybody: they may have a finding of their own, and tie nobody together.
SELECT account_key FROM account WHERE kind IN ('merchant', 'cash_point', 'platform_account') OR mcc IS NOT NULL
