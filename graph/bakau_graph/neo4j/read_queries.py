"""Every statement that reads the database. Values are always parameters; text is put together from the constants of this module only.

Transfers and accounts come back as columns: one record whose fields are lists of equal length, several times faster to read than a record
a row. A list cannot hold null, so an amount that is not stated comes as `$nothing`.
"""

from __future__ import annotations

#: Above every degree.
ANY_DEGREE = 2**62


def _answer(**columns: str) -> str:
    """Give these columns, and beside them what the database stands on, looked up after the last row was read."""
    listed = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    return f"WITH {listed}\nMATCH (x:Bakau {{id: 1}})\nRETURN {', '.join(columns)}, x.digest AS digest, x.state AS state"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _accounts(prefix: str = "") -> dict[str, str]:
    return {
        f"{prefix}key": "collect(a.key)",
        f"{prefix}id": "collect(a.id)",
        f"{prefix}kind": "collect(coalesce(a.kind, ''))",
        f"{prefix}sent": "collect(a.transfers_out)",
        f"{prefix}received": "collect(a.transfers_in)",
    }


def _list(columns: dict[str, str]) -> str:
    return ", ".join(f"{text} AS {name}" for name, text in columns.items())


#: The accounts asked for, as columns: those that are there.
_ASKED = f"CALL () {{\n  UNWIND $keys AS each MATCH (a:Account {{key: each}})\n  RETURN {_list(_accounts('a_'))}\n}}"
ACCOUNTS = f"{_ASKED}\n{_answer(**_same(*_accounts('a_')))}"
STATE = "MATCH (x:Bakau {id: 1}) RETURN x {.*} AS row"
FIND = "MATCH (a:Account) WHERE a.id STARTS WITH $prefix RETURN a {.*} AS row ORDER BY a.id LIMIT $most"
COUNT_FOUND = "MATCH (a:Account) WHERE a.id STARTS WITH $prefix WITH a LIMIT $most RETURN count(a) AS n"
#: `Hub` is worn from the database's own threshold up; below it every account is looked at.
HUBS = "MATCH (a:Hub) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most"
COUNT_HUBS = "MATCH (a:Hub) WHERE a.degree >= $degree RETURN count(a) AS n"
BUSIEST = "MATCH (a:Account) WHERE a.degree >= $degree RETURN a {.*} AS row ORDER BY a.degree DESC, a.id LIMIT $most"
COUNT_BUSIEST = "MATCH (a:Account) WHERE a.degree >= $degree RETURN count(a) AS n"

# --- transfers ------------------------------------------------------------------------------------------------------------


def _transfers(prefix: str = "") -> dict[str, str]:
    return {
        f"{prefix}id": "collect(t.id)",
        f"{prefix}src": "collect(t.src_key)",
        f"{prefix}dst": "collect(t.dst_key)",
        f"{prefix}ts": "collect(t.ts_us)",
        f"{prefix}timed": "collect(t.time_known)",
        f"{prefix}amount": "collect(coalesce(t.amount_minor, $nothing))",
        f"{prefix}currency": "collect(t.currency)",
    }


_COLUMNS = "\n" + _answer(**_transfers())
#: Set apart those that fit: else the planner reads every property of all that it looks at.
_CHOSEN = "\nWITH collect(t) AS chosen UNWIND chosen AS t"
_SENT = "MATCH (t:Transfer) USING INDEX t:Transfer(src_key, ts_us) WHERE t.src_key = key AND t.ts_us >= $since AND t.ts_us < $until"
_RECEIVED = "MATCH (t:Transfer) USING INDEX t:Transfer(dst_key, ts_us) WHERE t.dst_key = key AND t.ts_us >= $since AND t.ts_us < $until"
_FIT = " AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor >= $minimum)"
#: Also those that state no amount: they are counted.
_NEAR = " AND ($currency IS NULL OR t.currency = $currency) AND ($minimum IS NULL OR t.amount_minor IS NULL OR t.amount_minor >= $minimum)"


def _first(side: str, end: str) -> str:
    # ordered by both properties of the index, so that the server walks it backwards and stops; by time alone it would read and sort all
    return f"CALL (key) {{\n  {side}\n  RETURN t ORDER BY t.{end} DESC, t.ts_us DESC, t.id DESC LIMIT $most\n}}"


def _newest(side: str, end: str, where: str = "") -> str:
    return f"UNWIND $keys AS key\n{_first(side, end)}\nWITH t{where}{_COLUMNS}"


NEWEST_SENT, NEWEST_RECEIVED = _newest(_SENT, "src_key"), _newest(_RECEIVED, "dst_key")


def _newest_with(side: str, end: str, other: str) -> str:
    # the ids are read only of transfers at the instant where the newest end: of many rows looked at, few are with the others
    with_others = f"t.{other} IN $others"
    return f"""
UNWIND $keys AS key
CALL (key) {{
  {side}
  WITH t ORDER BY t.{end} DESC, t.ts_us DESC LIMIT $most
  RETURN collect(t.ts_us) AS times
}}
WITH key, times[-1] AS oldest, size([each IN times WHERE each > times[-1]]) AS above
CALL (key, oldest, above) {{
  {side} AND t.ts_us > oldest AND {with_others}
  RETURN t
  UNION ALL
  {side} AND t.ts_us = oldest
  WITH above, t ORDER BY t.id DESC
  WITH above, collect(t) AS ties
  UNWIND ties[..$most - above] AS t
  WITH t WHERE {with_others}
  RETURN t
}}
WITH t{_COLUMNS}
"""


NEWEST_SENT_TO = _newest_with(_SENT, "src_key", "dst_key")
NEWEST_RECEIVED_FROM = _newest_with(_RECEIVED, "dst_key", "src_key")
ALL_SENT = f"UNWIND $keys AS key\n{_SENT}{_NEAR}{_COLUMNS}"
ALL_RECEIVED = f"UNWIND $keys AS key\n{_RECEIVED}{_NEAR}{_COLUMNS}"
ALL_SENT_TO = f"UNWIND $keys AS key\n{_SENT} AND t.dst_key IN $others{_NEAR}{_CHOSEN}{_COLUMNS}"
ALL_RECEIVED_FROM = f"UNWIND $keys AS key\n{_RECEIVED} AND t.src_key IN $others{_NEAR}{_CHOSEN}{_COLUMNS}"
COUNT_SENT = f"UNWIND $keys AS key\n{_SENT}\nWITH key, count(t) AS n\n{_answer(key='collect(key)', n='collect(n)')}"
COUNT_RECEIVED = f"UNWIND $keys AS key\n{_RECEIVED}\nWITH key, count(t) AS n\n{_answer(key='collect(key)', n='collect(n)')}"

# --- what a question needs, in one statement: a way to the server and back costs more than most of its rows ---------------------

_SIDES = {"out_": (_SENT, "src_key"), "in_": (_RECEIVED, "dst_key")}


def _near(sides: tuple[str, ...], *, newest: bool) -> str:
    """An account, its transfers in these directions, and the accounts on the other end."""
    parts = [_ASKED]
    for prefix in sides:
        side, end = _SIDES[prefix]
        rows = _first(side, end) if newest else f"{side}{_NEAR}"
        parts.append(f"CALL () {{\nUNWIND $keys AS key\n{rows}\nRETURN {_list(_transfers(prefix))}\n}}")
    ends = " + ".join({"out_": "out_dst", "in_": "in_src"}[prefix] for prefix in sides)
    names = [name for prefix in sides for name in _transfers(prefix)]
    others = f"UNWIND {ends} AS other WITH DISTINCT other MATCH (a:Account {{key: other}})\nRETURN {_list(_accounts('b_'))}"
    parts.append(f"CALL ({', '.join({'out_': 'out_dst', 'in_': 'in_src'}[prefix] for prefix in sides)}) {{\n{others}\n}}")
    return "\n".join([*parts, _answer(**_same(*_accounts("a_"), *names, *_accounts("b_")))])


def _layer(sides: tuple[str, ...]) -> str:
    """Accounts, and the newest transfers in these directions of those that are followed."""
    parts = [_ASKED]
    for prefix in sides:
        side, end = _SIDES[prefix]
        own = {"out_": "a_sent", "in_": "a_received"}[prefix]
        chosen = f"UNWIND range(0, size(a_key) - 1) AS at\nWITH a_key[at] AS key, {own}[at] AS total, a_sent[at] + a_received[at] AS degree"
        chosen += "\nWITH key, total WHERE degree < $hub_degree"
        # nothing is cut from an account of few: no order is needed, which saves reading every id
        few = f"WITH key, total WHERE total <= $most\n  {side}\n  RETURN t"
        many = f"WITH key, total WHERE total > $most\n  {side}\n  RETURN t ORDER BY t.{end} DESC, t.ts_us DESC, t.id DESC LIMIT $most"
        rows = f"CALL (key, total) {{\n  {few}\n  UNION ALL\n  {many}\n}}"
        parts.append(f"CALL (a_key, a_sent, a_received) {{\n{chosen}\n{rows}\nRETURN {_list(_transfers(prefix))}\n}}")
    names = [name for prefix in sides for name in _transfers(prefix)]
    return "\n".join([*parts, _answer(**_same(*_accounts("a_"), *names))])


NEAR_NEWEST_OUT, NEAR_NEWEST_IN, NEAR_NEWEST_BOTH = (_near(each, newest=True) for each in (("out_",), ("in_",), ("out_", "in_")))
NEAR_ALL_OUT, NEAR_ALL_IN, NEAR_ALL_BOTH = (_near(each, newest=False) for each in (("out_",), ("in_",), ("out_", "in_")))
LAYER_OUT, LAYER_IN, LAYER_BOTH = (_layer(each) for each in (("out_",), ("in_",), ("out_", "in_")))
#: Accounts, and what those among them that sent at most `$most`, and `$more`, sent to `$others` in the window.
AMONG = f"""
{_ASKED}
CALL (a_key, a_sent) {{
UNWIND $more + [at IN range(0, size(a_key) - 1) WHERE a_sent[at] <= $most | a_key[at]] AS key
{_SENT} AND t.dst_key IN $others{_CHOSEN}
RETURN {_list(_transfers("out_"))}
}}
{_answer(**_same(*_accounts("a_"), *_transfers("out_")))}
"""

# --- walks over all times: the aggregated relationships, one step per other account instead of one per transfer ----------------

_TOWARDS = {"out_": "-[p:PAID]->", "in_": "<-[p:PAID]-", "": "-[p:PAID]-"}
_PAID_CURRENCY = "$currency IS NULL OR p.currency = $currency"


def _paid(side: str) -> str:
    return f"""UNWIND $keys AS each
MATCH (a:Account {{key: each}}) WHERE a.transfers_in + a.transfers_out < $hub_degree
MATCH (a){_TOWARDS[side]}(b) WHERE {_PAID_CURRENCY}"""


def _met(side: str) -> str:
    """Accounts, and whom those of a small degree paid or were paid by, once per pair, with the time of the pair's newest transfer."""
    met = f"CALL () {{\n{_paid(side)}\nRETURN collect(b.key) AS met, collect(p.last_us) AS last\n}}"
    return f"{_ASKED}\n{met}\n{_answer(**_same(*_accounts('a_'), 'met', 'last'))}"


def _some_met(side: str) -> str:
    """The same without accounts and times: how many, up to `$enough`, and which when they are fewer."""
    keys = "CASE WHEN size(some) < $enough THEN [b IN some | b.key] ELSE [] END AS met"
    some = f"CALL () {{\n{_paid(side)}\nWITH DISTINCT b LIMIT $enough\nRETURN collect(b) AS some\n}}"
    return f"{some}\nWITH size(some) AS n, {keys}\n{_answer(**_same('n', 'met'))}"


MET_IN = _met("in_")
SOME_MET_OUT, SOME_MET_IN, SOME_MET_BOTH = _some_met("out_"), _some_met("in_"), _some_met("")


def _ties(side: str, own: str, other: str) -> str:
    at = side.replace("= key", "= row.key").replace(">= $since", "= row.at").replace(" AND t.ts_us < $until", "")
    return f"""
CALL () {{
  UNWIND $rows AS row
  {at}
  AND t.{own} IN $keys AND ($currency IS NULL OR t.currency = $currency)
  RETURN t.{other} AS met, t.id AS id
}}
WITH met, max(id) AS id
{_answer(met="collect(met)", id="collect(id)")}
"""


#: Of accounts met at the same instant, (key, instant): the largest id of a transfer by which each was met then.
TIES_OUT, TIES_IN = _ties(_RECEIVED, "src_key", "dst_key"), _ties(_SENT, "dst_key", "src_key")


def _newest_of(side: str, total: str) -> str:
    return f"collect(CASE WHEN a.{total} > $most THEN coalesce(a.{side}, '') ELSE '' END)"


_PAYER = {
    **_accounts("a_"),
    "payees": "collect(coalesce(a.payees, ''))",
    "repeats": "collect(coalesce(a.repeats, ''))",
    "newest_sent": _newest_of("newest_sent", "transfers_out"),
    "newest_received": _newest_of("newest_received", "transfers_in"),
}
#: Accounts, whom they ever paid, packed, and of those with more transfers than are looked at what is packed of the newest.
PAYERS = f"""
UNWIND $keys AS each MATCH (a:Account {{key: each}})
{_answer(**_PAYER)}
"""
#: The same of accounts and, ahead of the next step, of whom those paid that sent few.
PAYERS_AHEAD = f"""
UNWIND $keys AS each MATCH (s:Account {{key: each}})
CALL (s) {{
  RETURN s AS a
  UNION ALL
  WITH s WHERE s.transfers_out <= $few
  MATCH (s)-[:PAID]->(a) RETURN a
}}
WITH DISTINCT a
{_answer(**_PAYER)}
"""
#: Whom payers paid whose pairs are too many to be packed. What is not stated comes as `$nothing`.
_PAIR = ("n", "sum_minor", "max_minor", "null_amounts", "first_us", "last_us")
_PAIRS_OF = {"src_key": "collect(a.key)", "dst_key": "collect(b.key)", "currency": "collect(p.currency)"}
PAIRS = f"""
UNWIND $keys AS each
MATCH (a:Account {{key: each}})-[p:PAID]->(b)
{_answer(**_PAIRS_OF, **{name: f"collect(coalesce(p.{name}, $nothing))" for name in _PAIR})}
"""

# --- sums of one account --------------------------------------------------------------------------------------------------

#: Sums leave 64 bits: they come in two halves. A pair whose own sum does (it is null although amounts are stated) is summed from transfers.
_SUMMED = """
WITH currency, sum(n) AS n, sum(nulls) AS nulls, sum(high) AS high, sum(low) AS low, max(largest) AS largest
ORDER BY currency
RETURN collect({currency: currency, n: n, nulls: nulls, high: high, low: low, largest: largest}) AS sums
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
#: An account, all the database says of itself, and the account's sums per currency.
DESCRIBE = f"""
CALL () {{
MATCH (:Account {{key: $key}})-[p:PAID]->(){_PAIRS.rstrip()}
}}
WITH sums AS sent
CALL () {{
MATCH (:Account {{key: $key}})<-[p:PAID]-(){_PAIRS.rstrip()}
}}
WITH sent, sums AS received
OPTIONAL MATCH (a:Account {{key: $key}})
WITH sent, received, a {{.*}} AS row
MATCH (x:Bakau {{id: 1}})
RETURN row, sent, received, x {{.*}} AS state
"""

# --- walks: who is on the other end ---------------------------------------------------------------------------------------

_OTHERS = _answer(key="collect(b.key)", degree="collect(b.degree)")
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
{_answer(key="collect(b.key)", at="collect(at)", degree="collect(b.degree)")}
"""

#: What is held of the ends of transfers.
TRANSFER_ENDS = """
UNWIND $ids AS id MATCH (t:Transfer {id: id}) RETURN t.id AS id, t.src_key AS src_key, t.dst_key AS dst_key, t.currency AS currency
"""


def statements() -> dict[str, str]:
    """Every statement by name, for the golden file and for people who want to read them together."""
    return {name: text.strip() for name, text in globals().items() if name.isupper() and not name.startswith("_") and isinstance(text, str)}
