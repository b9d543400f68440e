"""Every statement that reads the database. Values are always parameters; text is put together from the constants of this module only.

Transfers and accounts come back as columns: one record whose fields are lists of equal length, several times faster to read than a record
a row. A list cannot hold null, so an amount that is not stated comes as `$nothing`.
"""

from __future__ import annotations

#: What stands on the database, and the accounts asked for. One record, none when the database is empty.
_ACCOUNT_COLUMNS = """
RETURN x.digest AS digest, x.state AS state, collect(a.key) AS key, collect(a.id) AS id, collect(coalesce(a.kind, '')) AS kind,
  collect(a.transfers_out) AS sent, collect(a.transfers_in) AS received
"""
ACCOUNTS = f"""
MATCH (x:Bakau {{id: 1}})
UNWIND $keys AS key
OPTIONAL MATCH (a:Account {{key: key}})
{_ACCOUNT_COLUMNS.strip()}
"""
STATE = "MATCH (x:Bakau {id: 1}) RETURN x {.*} AS row"
DESCRIBE = "UNWIND $keys AS key MATCH (a:Account {key: key}) RETURN a {.*} AS row"
FIND = "MATCH (a:Account) WHERE a.id STARTS WITH $prefix RETURN a {.*} AS row ORDER BY a.id LIMIT $most"
COUNT_FOUND = "MATCH (a:Account) WHERE a.id STARTS WITH $prefix WITH a LIMIT $most RETURN count(a) AS n"
#: `Hub` is worn from the database's own threshold up; below it every account is looked at.
HUBS = "MATCH (a:Hub) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most"
COUNT_HUBS = "MATCH (a:Hub) WHERE a.degree >= $degree RETURN count(a) AS n"
BUSIEST = "MATCH (a:Account) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most"
COUNT_BUSIEST = "MATCH (a:Account) WHERE a.degree >= $degree RETURN count(a) AS n"

# --- transfers ------------------------------------------------------------------------------------------------------------

_COLUMNS = """
RETURN collect(t.id) AS id, collect(t.src_key) AS src, collect(t.dst_key) AS dst, collect(t.ts_us) AS ts, collect(t.time_known) AS timed,
  collect(coalesce(t.amount_minor, $nothing)) AS amount, collect(t.currency) AS currency
"""
_SENT = "MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until"
_RECEIVED = "MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until"
_FIT = " AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)"
#: Also those that state no amount: they are counted.
_NEAR = " AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)"


def _newest(side: str, end: str, where: str = "") -> str:
    # ordered by both properties of the index, so that the server walks it backwards and stops; by time alone it would read and sort all
    return f"""
UNWIND $keys AS key
CALL (key) {{
  {side}
  RETURN t ORDER BY t.{end} DESC, t.ts_us DESC, t.id DESC LIMIT $most
}}
WITH t{where}
{_COLUMNS.strip()}
"""


NEWEST_SENT, NEWEST_RECEIVED = _newest(_SENT, "src_key"), _newest(_RECEIVED, "dst_key")
NEWEST_SENT_TO = _newest(_SENT, "src_key", " WHERE t.dst_key IN $others")
NEWEST_RECEIVED_FROM = _newest(_RECEIVED, "dst_key", " WHERE t.src_key IN $others")
ALL_SENT = f"UNWIND $keys AS key\n{_SENT}{_NEAR}{_COLUMNS}"
ALL_RECEIVED = f"UNWIND $keys AS key\n{_RECEIVED}{_NEAR}{_COLUMNS}"
ALL_SENT_TO = f"UNWIND $keys AS key\n{_SENT} AND t.dst_key IN $others{_NEAR}{_COLUMNS}"
ALL_RECEIVED_FROM = f"UNWIND $keys AS key\n{_RECEIVED} AND t.src_key IN $others{_NEAR}{_COLUMNS}"
COUNT_SENT = f"UNWIND $keys AS key\n{_SENT}\nWITH key, count(t) AS n RETURN collect(key) AS key, collect(n) AS n"
COUNT_RECEIVED = f"UNWIND $keys AS key\n{_RECEIVED}\nWITH key, count(t) AS n RETURN collect(key) AS key, collect(n) AS n"

# --- sums of one account --------------------------------------------------------------------------------------------------

#: Sums leave 64 bits: they come in two halves. A pair whose own sum does (it is null although amounts are stated) is summed from transfers.
_SUMMED = """
RETURN currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency
"""
_PAIRS = f"""
CALL (p) {{
  WITH p WHERE p.sum_minor IS NOT NULL OR p.n = p.null_amounts
  RETURN p.n AS n, p.null_amounts AS nulls, coalesce(p.sum_minor, 0) / $half AS high, coalesce(p.sum_minor, 0) % $half AS low,
    p.max_minor AS largest
  UNION ALL
  WITH p WHERE p.sum_minor IS NULL AND p.n > p.null_amounts
  WITH p.currency AS currency, startNode(p).key AS key, endNode(p).key AS other
  {_SENT} AND t.dst_key = other AND t.currency = currency
  RETURN 1 AS n, CASE WHEN t.amount_minor IS NULL THEN 1 ELSE 0 END AS nulls, coalesce(t.amount_minor, 0) / $half AS high,
    coalesce(t.amount_minor, 0) % $half AS low, t.amount_minor AS largest
}}
WITH p.currency AS currency, n, nulls, high, low, largest
{_SUMMED.strip()}
"""
SUMS_SENT = f"MATCH (:Account {{key: $key}})-[p:PAID]->(){_PAIRS}"
SUMS_RECEIVED = f"MATCH (:Account {{key: $key}})<-[p:PAID]-(){_PAIRS}"

# --- walks: who is on the other end ---------------------------------------------------------------------------------------

_OTHERS = "RETURN collect(b.key) AS key, collect(b.degree) AS degree"
OTHERS_SENT = f"UNWIND $keys AS key\n{_SENT}{_FIT}\nWITH DISTINCT t.dst_key AS other MATCH (b:Account {{key: other}})\n{_OTHERS}"
OTHERS_RECEIVED = f"UNWIND $keys AS key\n{_RECEIVED}{_FIT}\nWITH DISTINCT t.src_key AS other MATCH (b:Account {{key: other}})\n{_OTHERS}"
#: The same over all times and amounts, by the aggregated relationships: one step per other account instead of one per transfer.
_OF_CURRENCY = "WHERE $currency IS NULL OR p.currency = $currency\nWITH DISTINCT b"
OTHERS_PAID = f"UNWIND $keys AS key\nMATCH (:Account {{key: key}})-[p:PAID]->(b) {_OF_CURRENCY}\n{_OTHERS}"
OTHERS_PAYING = f"UNWIND $keys AS key\nMATCH (:Account {{key: key}})<-[p:PAID]-(b) {_OF_CURRENCY}\n{_OTHERS}"
#: Earliest arrival at every account that money which is at `row.key` from `row.ready` on can reach by one transfer.
ARRIVALS = f"""
UNWIND $rows AS row
WITH row, row.key AS key
{_SENT.replace("$since", "row.since")} AND t.ts_us <= $latest{_FIT}
  AND t.ts_us + CASE WHEN t.time_known THEN 0 ELSE $day - 1 END >= row.ready
WITH t.dst_key AS other, min(CASE WHEN t.ts_us > row.ready THEN t.ts_us ELSE row.ready END) AS at
MATCH (b:Account {{key: other}})
RETURN collect(b.key) AS key, collect(at) AS at, collect(b.degree) AS degree
"""


def statements() -> dict[str, str]:
    """Every statement by name, for the golden file and for people who want to read them together."""
    return {name: text.strip() for name, text in globals().items() if name.isupper() and not name.startswith("_") and isinstance(text, str)}
