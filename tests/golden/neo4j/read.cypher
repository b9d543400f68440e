// ACCOUNTS
MATCH (x:Bakau {id: 1})
UNWIND $keys AS key
OPTIONAL MATCH (a:Account {key: key})
RETURN x.digest AS digest, x.state AS state, collect(a.key) AS key, collect(a.id) AS id, collect(coalesce(a.kind, '')) AS kind,
  collect(a.transfers_out) AS sent, collect(a.transfers_in) AS received;

// STATE
MATCH (x:Bakau {id: 1}) RETURN x {.*} AS row;

// DESCRIBE
UNWIND $keys AS key MATCH (a:Account {key: key}) RETURN a {.*} AS row;

// FIND
MATCH (a:Account) WHERE a.id STARTS WITH $prefix RETURN a {.*} AS row ORDER BY a.id LIMIT $most;

// COUNT_FOUND
MATCH (a:Account) WHERE a.id STARTS WITH $prefix WITH a LIMIT $most RETURN count(a) AS n;

// HUBS
MATCH (a:Hub) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most;

// COUNT_HUBS
MATCH (a:Hub) WHERE a.degree >= $degree RETURN count(a) AS n;

// BUSIEST
MATCH (a:Account) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most;

// COUNT_BUSIEST
MATCH (a:Account) WHERE a.degree >= $degree RETURN count(a) AS n;

// NEWEST_SENT
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
WITH t
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// NEWEST_RECEIVED
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
WITH t
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// NEWEST_SENT_TO
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
WITH t WHERE t.dst_key IN $others
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// NEWEST_RECEIVED_FROM
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
WITH t WHERE t.src_key IN $others
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// ALL_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// ALL_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// ALL_SENT_TO
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.dst_key IN $others AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// ALL_RECEIVED_FROM
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.src_key IN $others AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency;

// COUNT_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
WITH key, count(t) AS n RETURN collect(key) AS key, collect(n) AS n;

// COUNT_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
WITH key, count(t) AS n RETURN collect(key) AS key, collect(n) AS n;

// SUMS_SENT
MATCH (:Account {key: $key})-[p:PAID]->()
CALL (p) {
  WITH p WHERE p.sum_minor IS NOT NULL OR p.n = p.null_amounts
  RETURN p.n AS n, p.null_amounts AS nulls, coalesce(p.sum_minor, 0) / $half AS high, coalesce(p.sum_minor, 0) % $half AS low,
    p.max_minor AS largest
  UNION ALL
  WITH p WHERE p.sum_minor IS NULL AND p.n > p.null_amounts
  WITH p.currency AS currency, startNode(p).key AS key, endNode(p).key AS other
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.dst_key = other AND t.currency = currency
  RETURN 1 AS n, CASE WHEN t.amount_minor IS NULL THEN 1 ELSE 0 END AS nulls, coalesce(t.amount_minor, 0) / $half AS high,
    coalesce(t.amount_minor, 0) % $half AS low, t.amount_minor AS largest
}
WITH p.currency AS currency, n, nulls, high, low, largest
RETURN currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency;

// SUMS_RECEIVED
MATCH (:Account {key: $key})<-[p:PAID]-()
CALL (p) {
  WITH p WHERE p.sum_minor IS NOT NULL OR p.n = p.null_amounts
  RETURN p.n AS n, p.null_amounts AS nulls, coalesce(p.sum_minor, 0) / $half AS high, coalesce(p.sum_minor, 0) % $half AS low,
    p.max_minor AS largest
  UNION ALL
  WITH p WHERE p.sum_minor IS NULL AND p.n > p.null_amounts
  WITH p.currency AS currency, startNode(p).key AS key, endNode(p).key AS other
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.dst_key = other AND t.currency = currency
  RETURN 1 AS n, CASE WHEN t.amount_minor IS NULL THEN 1 ELSE 0 END AS nulls, coalesce(t.amount_minor, 0) / $half AS high,
    coalesce(t.amount_minor, 0) % $half AS low, t.amount_minor AS largest
}
WITH p.currency AS currency, n, nulls, high, low, largest
RETURN currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency;

// OTHERS_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
WITH DISTINCT t.dst_key AS other MATCH (b:Account {key: other})
RETURN collect(b.key) AS key, collect(b.degree) AS degree;

// OTHERS_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
WITH DISTINCT t.src_key AS other MATCH (b:Account {key: other})
RETURN collect(b.key) AS key, collect(b.degree) AS degree;

// OTHERS_PAID
UNWIND $keys AS key
MATCH (:Account {key: key})-[p:PAID]->(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b
RETURN collect(b.key) AS key, collect(b.degree) AS degree;

// OTHERS_PAYING
UNWIND $keys AS key
MATCH (:Account {key: key})<-[p:PAID]-(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b
RETURN collect(b.key) AS key, collect(b.degree) AS degree;

// ARRIVALS
UNWIND $rows AS row
WITH row, row.key AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= row.since AND t.ts_us < $until AND t.ts_us <= $latest AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
  AND t.ts_us + CASE WHEN t.time_known THEN 0 ELSE $day - 1 END >= row.ready
WITH t.dst_key AS other, min(CASE WHEN t.ts_us > row.ready THEN t.ts_us ELSE row.ready END) AS at
MATCH (b:Account {key: other})
RETURN collect(b.key) AS key, collect(at) AS at, collect(b.degree) AS degree;
