// ACCOUNTS
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, x.digest AS digest, x.state AS state;

// STATE
MATCH (x:Bakau {id: 1}) RETURN x {.*} AS row;

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
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// NEWEST_RECEIVED
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
WITH t
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// NEWEST_SENT_TO
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  WITH t ORDER BY t.src_key DESC, t.ts_us DESC LIMIT $most
  RETURN collect(t.ts_us) AS times
}
WITH key, times[-1] AS oldest, size([each IN times WHERE each > times[-1]]) AS above
CALL (key, oldest, above) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.ts_us > oldest AND t.dst_key IN $others
  RETURN t
  UNION ALL
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.ts_us = oldest
  WITH above, t ORDER BY t.id DESC
  WITH above, collect(t) AS ties
  UNWIND ties[..$most - above] AS t
  WITH t WHERE t.dst_key IN $others
  RETURN t
}
WITH t
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// NEWEST_RECEIVED_FROM
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  WITH t ORDER BY t.dst_key DESC, t.ts_us DESC LIMIT $most
  RETURN collect(t.ts_us) AS times
}
WITH key, times[-1] AS oldest, size([each IN times WHERE each > times[-1]]) AS above
CALL (key, oldest, above) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.ts_us > oldest AND t.src_key IN $others
  RETURN t
  UNION ALL
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.ts_us = oldest
  WITH above, t ORDER BY t.id DESC
  WITH above, collect(t) AS ties
  UNWIND ties[..$most - above] AS t
  WITH t WHERE t.src_key IN $others
  RETURN t
}
WITH t
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// ALL_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// ALL_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// ALL_SENT_TO
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.dst_key IN $others AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
WITH collect(t) AS chosen UNWIND chosen AS t
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// ALL_RECEIVED_FROM
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.src_key IN $others AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
WITH collect(t) AS chosen UNWIND chosen AS t
WITH collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed, collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
MATCH (x:Bakau {id: 1})
RETURN id, src, dst, ts, timed, amount, currency, x.digest AS digest, x.state AS state;

// COUNT_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
WITH key, count(t) AS n
WITH collect(key) AS key, collect(n) AS n
MATCH (x:Bakau {id: 1})
RETURN key, n, x.digest AS digest, x.state AS state;

// COUNT_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
WITH key, count(t) AS n
WITH collect(key) AS key, collect(n) AS n
MATCH (x:Bakau {id: 1})
RETURN key, n, x.digest AS digest, x.state AS state;

// NEAR_NEWEST_OUT
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
CALL (out_dst) {
UNWIND out_dst AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// NEAR_NEWEST_IN
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
CALL (in_src) {
UNWIND in_src AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// NEAR_NEWEST_BOTH
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
CALL () {
UNWIND $keys AS key
CALL (key) {
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
CALL (out_dst, in_src) {
UNWIND out_dst + in_src AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// NEAR_ALL_OUT
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
CALL (out_dst) {
UNWIND out_dst AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// NEAR_ALL_IN
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
CALL (in_src) {
UNWIND in_src AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// NEAR_ALL_BOTH
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
CALL () {
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
CALL (out_dst, in_src) {
UNWIND out_dst + in_src AS other WITH DISTINCT other MATCH (a:Account {key: other})
RETURN collect(a.key) AS b_key, collect(a.id) AS b_id, collect(coalesce(a.kind, '')) AS b_kind, collect(a.transfers_out) AS b_sent, collect(a.transfers_in) AS b_received
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency, b_key AS b_key, b_id AS b_id, b_kind AS b_kind, b_sent AS b_sent, b_received AS b_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, b_key, b_id, b_kind, b_sent, b_received, x.digest AS digest, x.state AS state;

// LAYER_OUT
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL (a_key, a_sent, a_received) {
UNWIND range(0, size(a_key) - 1) AS at
WITH a_key[at] AS key, a_sent[at] AS total, a_sent[at] + a_received[at] AS degree
WITH key, total WHERE degree < $hub_degree
CALL (key, total) {
  WITH key, total WHERE total <= $most
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t
  UNION ALL
  WITH key, total WHERE total > $most
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, x.digest AS digest, x.state AS state;

// LAYER_IN
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL (a_key, a_sent, a_received) {
UNWIND range(0, size(a_key) - 1) AS at
WITH a_key[at] AS key, a_received[at] AS total, a_sent[at] + a_received[at] AS degree
WITH key, total WHERE degree < $hub_degree
CALL (key, total) {
  WITH key, total WHERE total <= $most
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t
  UNION ALL
  WITH key, total WHERE total > $most
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, x.digest AS digest, x.state AS state;

// LAYER_BOTH
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL (a_key, a_sent, a_received) {
UNWIND range(0, size(a_key) - 1) AS at
WITH a_key[at] AS key, a_sent[at] AS total, a_sent[at] + a_received[at] AS degree
WITH key, total WHERE degree < $hub_degree
CALL (key, total) {
  WITH key, total WHERE total <= $most
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t
  UNION ALL
  WITH key, total WHERE total > $most
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.src_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
CALL (a_key, a_sent, a_received) {
UNWIND range(0, size(a_key) - 1) AS at
WITH a_key[at] AS key, a_received[at] AS total, a_sent[at] + a_received[at] AS degree
WITH key, total WHERE degree < $hub_degree
CALL (key, total) {
  WITH key, total WHERE total <= $most
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t
  UNION ALL
  WITH key, total WHERE total > $most
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until
  RETURN t ORDER BY t.dst_key DESC, t.ts_us DESC, t.id DESC LIMIT $most
}
RETURN collect(t.id) AS in_id, collect(t.src_key) AS in_src, collect(t.dst_key) AS in_dst, collect(t.ts_us) AS in_ts, collect(t.time_known) AS in_timed, collect(coalesce(t.amount_minor, $nothing)) AS in_amount, collect(t.currency) AS in_currency
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency, in_id AS in_id, in_src AS in_src, in_dst AS in_dst, in_ts AS in_ts, in_timed AS in_timed, in_amount AS in_amount, in_currency AS in_currency
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, in_id, in_src, in_dst, in_ts, in_timed, in_amount, in_currency, x.digest AS digest, x.state AS state;

// AMONG
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL (a_key, a_sent) {
UNWIND $more + [at IN range(0, size(a_key) - 1) WHERE a_sent[at] <= $most | a_key[at]] AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND t.dst_key IN $others
WITH collect(t) AS chosen UNWIND chosen AS t
RETURN collect(t.id) AS out_id, collect(t.src_key) AS out_src, collect(t.dst_key) AS out_dst, collect(t.ts_us) AS out_ts, collect(t.time_known) AS out_timed, collect(coalesce(t.amount_minor, $nothing)) AS out_amount, collect(t.currency) AS out_currency
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, out_id AS out_id, out_src AS out_src, out_dst AS out_dst, out_ts AS out_ts, out_timed AS out_timed, out_amount AS out_amount, out_currency AS out_currency
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, out_id, out_src, out_dst, out_ts, out_timed, out_amount, out_currency, x.digest AS digest, x.state AS state;

// MET_IN
CALL () {
  UNWIND $keys AS each MATCH (a:Account {key: each})
  RETURN collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received
}
CALL () {
UNWIND $keys AS each
MATCH (a:Account {key: each}) WHERE a.transfers_in + a.transfers_out < $hub_degree
MATCH (a)<-[p:PAID]-(b) WHERE $currency IS NULL OR p.currency = $currency
RETURN collect(b.key) AS met, collect(p.last_us) AS last
}
WITH a_key AS a_key, a_id AS a_id, a_kind AS a_kind, a_sent AS a_sent, a_received AS a_received, met AS met, last AS last
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, met, last, x.digest AS digest, x.state AS state;

// SOME_MET_OUT
CALL () {
UNWIND $keys AS each
MATCH (a:Account {key: each}) WHERE a.transfers_in + a.transfers_out < $hub_degree
MATCH (a)-[p:PAID]->(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b LIMIT $enough
RETURN collect(b) AS some
}
WITH size(some) AS n, CASE WHEN size(some) < $enough THEN [b IN some | b.key] ELSE [] END AS met
WITH n AS n, met AS met
MATCH (x:Bakau {id: 1})
RETURN n, met, x.digest AS digest, x.state AS state;

// SOME_MET_IN
CALL () {
UNWIND $keys AS each
MATCH (a:Account {key: each}) WHERE a.transfers_in + a.transfers_out < $hub_degree
MATCH (a)<-[p:PAID]-(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b LIMIT $enough
RETURN collect(b) AS some
}
WITH size(some) AS n, CASE WHEN size(some) < $enough THEN [b IN some | b.key] ELSE [] END AS met
WITH n AS n, met AS met
MATCH (x:Bakau {id: 1})
RETURN n, met, x.digest AS digest, x.state AS state;

// SOME_MET_BOTH
CALL () {
UNWIND $keys AS each
MATCH (a:Account {key: each}) WHERE a.transfers_in + a.transfers_out < $hub_degree
MATCH (a)-[p:PAID]-(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b LIMIT $enough
RETURN collect(b) AS some
}
WITH size(some) AS n, CASE WHEN size(some) < $enough THEN [b IN some | b.key] ELSE [] END AS met
WITH n AS n, met AS met
MATCH (x:Bakau {id: 1})
RETURN n, met, x.digest AS digest, x.state AS state;

// TIES_OUT
CALL () {
  UNWIND $rows AS row
  MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = row.key AND t.ts_us = row.at
  AND t.src_key IN $keys AND ($currency IS NULL OR t.currency = $currency)
  RETURN t.dst_key AS met, t.id AS id
}
WITH met, max(id) AS id
WITH collect(met) AS met, collect(id) AS id
MATCH (x:Bakau {id: 1})
RETURN met, id, x.digest AS digest, x.state AS state;

// TIES_IN
CALL () {
  UNWIND $rows AS row
  MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = row.key AND t.ts_us = row.at
  AND t.dst_key IN $keys AND ($currency IS NULL OR t.currency = $currency)
  RETURN t.src_key AS met, t.id AS id
}
WITH met, max(id) AS id
WITH collect(met) AS met, collect(id) AS id
MATCH (x:Bakau {id: 1})
RETURN met, id, x.digest AS digest, x.state AS state;

// PAYERS
UNWIND $keys AS each MATCH (a:Account {key: each})
WITH collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received, collect(coalesce(a.payees, '')) AS payees, collect(coalesce(a.repeats, '')) AS repeats, collect(CASE WHEN a.transfers_out > $most THEN coalesce(a.newest_sent, '') ELSE '' END) AS newest_sent, collect(CASE WHEN a.transfers_in > $most THEN coalesce(a.newest_received, '') ELSE '' END) AS newest_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, payees, repeats, newest_sent, newest_received, x.digest AS digest, x.state AS state;

// PAYERS_AHEAD
UNWIND $keys AS each MATCH (s:Account {key: each})
CALL (s) {
  RETURN s AS a
  UNION ALL
  WITH s WHERE s.transfers_out <= $few
  MATCH (s)-[:PAID]->(a) RETURN a
}
WITH DISTINCT a
WITH collect(a.key) AS a_key, collect(a.id) AS a_id, collect(coalesce(a.kind, '')) AS a_kind, collect(a.transfers_out) AS a_sent, collect(a.transfers_in) AS a_received, collect(coalesce(a.payees, '')) AS payees, collect(coalesce(a.repeats, '')) AS repeats, collect(CASE WHEN a.transfers_out > $most THEN coalesce(a.newest_sent, '') ELSE '' END) AS newest_sent, collect(CASE WHEN a.transfers_in > $most THEN coalesce(a.newest_received, '') ELSE '' END) AS newest_received
MATCH (x:Bakau {id: 1})
RETURN a_key, a_id, a_kind, a_sent, a_received, payees, repeats, newest_sent, newest_received, x.digest AS digest, x.state AS state;

// PAIRS
UNWIND $keys AS each
MATCH (a:Account {key: each})-[p:PAID]->(b)
WITH collect(a.key) AS src_key, collect(b.key) AS dst_key, collect(p.currency) AS currency, collect(coalesce(p.n, $nothing)) AS n, collect(coalesce(p.sum_minor, $nothing)) AS sum_minor, collect(coalesce(p.max_minor, $nothing)) AS max_minor, collect(coalesce(p.null_amounts, $nothing)) AS null_amounts, collect(coalesce(p.first_us, $nothing)) AS first_us, collect(coalesce(p.last_us, $nothing)) AS last_us
MATCH (x:Bakau {id: 1})
RETURN src_key, dst_key, currency, n, sum_minor, max_minor, null_amounts, first_us, last_us, x.digest AS digest, x.state AS state;

// DESCRIBE
CALL () {
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
WITH currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency
RETURN collect({currency: currency, n: n, nulls: nulls, high: high, low: low, largest: largest}) AS sums
}
WITH sums AS sent
CALL () {
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
WITH currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency
RETURN collect({currency: currency, n: n, nulls: nulls, high: high, low: low, largest: largest}) AS sums
}
WITH sent, sums AS received
OPTIONAL MATCH (a:Account {key: $key})
WITH sent, received, a {.*} AS row
MATCH (x:Bakau {id: 1})
RETURN row, sent, received, x {.*} AS state;

// OTHERS_SENT
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
WITH DISTINCT t.dst_key AS other MATCH (b:Account {key: other})
WITH collect(b.key) AS key, collect(b.degree) AS degree
MATCH (x:Bakau {id: 1})
RETURN key, degree, x.digest AS digest, x.state AS state;

// OTHERS_RECEIVED
UNWIND $keys AS key
MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
WITH DISTINCT t.src_key AS other MATCH (b:Account {key: other})
WITH collect(b.key) AS key, collect(b.degree) AS degree
MATCH (x:Bakau {id: 1})
RETURN key, degree, x.digest AS digest, x.state AS state;

// OTHERS_PAID
UNWIND $keys AS key
MATCH (:Account {key: key})-[p:PAID]->(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b
WITH collect(b.key) AS key, collect(b.degree) AS degree
MATCH (x:Bakau {id: 1})
RETURN key, degree, x.digest AS digest, x.state AS state;

// OTHERS_PAYING
UNWIND $keys AS key
MATCH (:Account {key: key})<-[p:PAID]-(b) WHERE $currency IS NULL OR p.currency = $currency
WITH DISTINCT b
WITH collect(b.key) AS key, collect(b.degree) AS degree
MATCH (x:Bakau {id: 1})
RETURN key, degree, x.digest AS digest, x.state AS state;

// ARRIVALS
UNWIND $rows AS row
WITH row, row.key AS key
MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= row.since AND t.ts_us < $until AND t.ts_us <= $latest AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)
  AND t.ts_us + CASE WHEN t.time_known THEN 0 ELSE $day - 1 END >= row.ready
WITH t.dst_key AS other, min(CASE WHEN t.ts_us > row.ready THEN t.ts_us ELSE row.ready END) AS at
MATCH (b:Account {key: other})
WITH collect(b.key) AS key, collect(at) AS at, collect(b.degree) AS degree
MATCH (x:Bakau {id: 1})
RETURN key, at, degree, x.digest AS digest, x.state AS state;

// TRANSFER_ENDS
UNWIND $ids AS id MATCH (t:Transfer {id: id}) RETURN t.id AS id, t.src_key AS src_key, t.dst_key AS dst_key, t.currency AS currency;
