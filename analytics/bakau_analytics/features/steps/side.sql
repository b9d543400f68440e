-- name: side
-- meaning: each payment seen from both ends: is_out 0 from the receiver, 1 from the sender
-- reads: payment
-- kept: view
SELECT dst AS account_key, src AS other_key, 0 AS is_out, ts_us, known_us, time_known, local_hour, amount, currency, channel,
       src_country AS far_country, dst_country AS near_country, dst_outlet AS near_outlet
FROM payment
UNION ALL
SELECT src AS account_key, dst AS other_key, 1 AS is_out, ts_us, known_us, time_known, local_hour, amount, currency, channel,
       dst_country AS far_country, src_country AS near_country, src_outlet AS near_outlet
FROM payment
