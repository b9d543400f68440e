-- Several receivers of money from abroad pass it on to one account within the window, each more than once. The account is no service.
WITH forward AS (
    SELECT e.holder, e.dst, e.transfer_id, e.ts_us FROM purse_event e ANTI JOIN service s ON e.dst = s.account_key
    WHERE e.is_out = 1 AND e.account_key = e.holder AND e.ts_us - e.in_us <= {window_us}
),
often AS (SELECT dst, holder FROM forward GROUP BY dst, holder HAVING count(*) >= {min_payments}),
wide AS (SELECT dst, count(*) AS feeders FROM often GROUP BY dst HAVING count(*) >= {min_feeders})
SELECT f.dst AS account_key, f.transfer_id, f.ts_us, CAST(w.feeders AS BIGINT) AS observed
FROM forward f JOIN often o ON f.dst = o.dst AND f.holder = o.holder JOIN wide w ON f.dst = w.dst
