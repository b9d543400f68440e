"""What a batch touches, and what the archive's current view says of it: SQL for DuckDB, over a snapshot's views.

``own_<table>`` holds the rows of the batch, ``other_<table>`` those of every other batch the database has begun to hold, ``raw_<table>``
those of the wanted snapshot, `edge` its transfers. Ids are cut into chunks in an order that rests on the batch's own rows alone, so a
second run cuts them alike, whatever was loaded meanwhile. A row that no batch holds any more has ``stands = false``.
"""

from __future__ import annotations

from bakau.model import ACCOUNT, IDENTIFIER, INSTITUTION, PARTY, TAG
from bakau_graph.archive.view import merged_view
from bakau_graph.neo4j import packs
from bakau_graph.neo4j.schema import ACCOUNTS, INSTITUTIONS, PARTIES, TAGS

EDGE = """
CREATE OR REPLACE TEMP TABLE edge AS
SELECT transfer_id, src_key, dst_key, ts_us, amount_minor, currency FROM transfer
"""

#: Sum of a pair, null when nothing is stated or it leaves 64 bits.
SUMS = """
count(*) AS n, CASE WHEN sum(amount_minor) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(sum(amount_minor) AS BIGINT) END
AS sum_minor, max(amount_minor) AS max_minor, count(*) - count(amount_minor) AS null_amounts, min(ts_us) AS first_us, max(ts_us) AS last_us
"""
#: See `packs.pair_id`.
PAID_ID = "left(sha256(src_key || '|' || dst_key || '|' || currency), 32)"
HOLDING_ID = "party_key || '|' || account_key || '|' || role"
IDENTIFIER_ID = "kind || '|' || identifier_key"


def chunked(order: str, size: int) -> str:
    """The number of its chunk, for a row in that order."""
    return f"CAST((row_number() OVER (ORDER BY {order}) - 1) // {size} AS INTEGER) AS chunk"


# --- transfers and pairs --------------------------------------------------------------------------------------------------


#: Accounts fall into so many groups by the last bits of their key; four of them make six pairs, three times two that have none in common.
GROUPS = 4


def group_of(column: str) -> str:
    """The group of an account, by its key."""
    return f"({column} & {GROUPS - 1})"


def touched_transfers(size: int) -> str:
    """(transfer_id, chunk, is_known): the batch's transfers by pair, so that a pair lies in few chunks. What shares a payment with others may
    have been written with these, before its own batch had its turn, and counts as known.

    More than fit into one chunk are cut so that neighbouring chunks name accounts of other groups, and can be written at the same time:
    a payer of group g and a payee of group h belong to round g xor h (1 for g = h), and there to the half that has group 0 or the other.
    """
    rounds = f"CASE WHEN count(*) OVER () <= {size} THEN 0 ELSE greatest(1, xor({group_of('src_key')}, {group_of('dst_key')})) END"
    return f"""
CREATE OR REPLACE TEMP TABLE touched_transfer AS
WITH own AS (
    SELECT transfer_id, min(src_key) AS src_key, min(dst_key) AS dst_key, min(currency) AS currency FROM own_transfer GROUP BY transfer_id
),
turn AS (SELECT *, {rounds} AS round FROM own),
half AS (SELECT *, CASE WHEN round = 0 THEN 0 ELSE least({group_of("src_key")}, xor({group_of("src_key")}, round)) END AS half FROM turn),
piece AS (
    SELECT *, (row_number() OVER (PARTITION BY round, half ORDER BY src_key, dst_key, currency, transfer_id) - 1) // {size} AS piece FROM half
),
known AS (
    SELECT o.transfer_id FROM other_transfer o SEMI JOIN own USING (transfer_id)
    UNION SELECT p.transfer_id FROM payment_reference p SEMI JOIN own USING (transfer_id) SEMI JOIN shared_reference s USING (reference)
)
SELECT piece.transfer_id, known.transfer_id IS NOT NULL AS is_known, CAST(dense_rank() OVER (ORDER BY round, piece, half) - 1 AS INTEGER) AS chunk
FROM piece LEFT JOIN known USING (transfer_id)
"""


#: (chunk, of_group): every group of which a chunk touches an account.
GROUPS_OF_CHUNKS = f"""
SELECT chunk, {group_of("src_key")} AS of_group FROM touched_pair UNION SELECT chunk, {group_of("dst_key")} FROM touched_pair
"""
TRANSFER_ROWS = """
CREATE OR REPLACE TEMP TABLE transfer_row AS
SELECT t.chunk, t.is_known, v.transfer_id IS NOT NULL AS stands, lower(hex(t.transfer_id)) AS id, v.src_key, v.dst_key, v.ts_us, v.time_known,
       v.amount_minor, v.currency, v.channel, v.status, v.batch_id AS batch
FROM touched_transfer t LEFT JOIN transfer v ON v.transfer_id = t.transfer_id
ORDER BY t.chunk, v.src_key, v.dst_key
"""

#: Pairs of any version of a touched transfer; `of_others`: of a version that another batch brought.
TOUCHED_PAIRS = """
CREATE OR REPLACE TEMP TABLE touched_pair AS
SELECT chunk, src_key, dst_key, currency, bool_or(of_others) AS of_others FROM (
    SELECT t.chunk, r.src_key, r.dst_key, r.currency, false AS of_others FROM own_transfer r JOIN touched_transfer t USING (transfer_id)
    UNION ALL
    SELECT t.chunk, r.src_key, r.dst_key, r.currency, true FROM other_transfer r
    JOIN (SELECT * FROM touched_transfer WHERE is_known) t USING (transfer_id)
) GROUP BY chunk, src_key, dst_key, currency
"""

PAID_ROWS = f"""
CREATE OR REPLACE TEMP TABLE paid_row AS
WITH wanted AS (SELECT src_key, dst_key, currency, min(chunk) AS first_chunk FROM touched_pair GROUP BY src_key, dst_key, currency),
known AS (
    SELECT DISTINCT o.src_key, o.dst_key, o.currency FROM other_transfer o
    SEMI JOIN wanted w ON o.src_key = w.src_key AND o.dst_key = w.dst_key AND o.currency = w.currency
),
sums AS (
    SELECT e.src_key, e.dst_key, e.currency, {SUMS} FROM edge e
    SEMI JOIN wanted w ON e.src_key = w.src_key AND e.dst_key = w.dst_key AND e.currency = w.currency
    GROUP BY e.src_key, e.dst_key, e.currency
)
SELECT p.chunk, k.src_key IS NULL AND p.chunk = w.first_chunk AND NOT EXISTS (SELECT 1 FROM shared_reference) AS is_new, s.n IS NOT NULL AS stands,
       {PAID_ID.replace("src_key", "p.src_key").replace("dst_key", "p.dst_key").replace("currency", "p.currency")} AS id,
       p.src_key, p.dst_key, p.currency, s.n, s.sum_minor, s.max_minor, s.null_amounts, s.first_us, s.last_us
FROM touched_pair p
JOIN wanted w ON p.src_key = w.src_key AND p.dst_key = w.dst_key AND p.currency = w.currency
LEFT JOIN known k ON p.src_key = k.src_key AND p.dst_key = k.dst_key AND p.currency = k.currency
LEFT JOIN sums s ON p.src_key = s.src_key AND p.dst_key = s.dst_key AND p.currency = s.currency
ORDER BY p.chunk, p.src_key, p.dst_key
"""

# --- accounts -------------------------------------------------------------------------------------------------------------


def pairs(of: str = "") -> str:
    """`pair`: whom accounts ever paid; `of` narrows the transfers by payer."""
    return (
        f"CREATE OR REPLACE TEMP TABLE pair AS SELECT src_key, dst_key, currency, {SUMS} FROM edge {of} GROUP BY src_key, dst_key, currency"
    )


#: What is packed of payers, to be filled from `pair`, so many pieces one after another that no piece is large.
PIECES = 8
PACK = "CREATE OR REPLACE TEMP TABLE pack (account_key BIGINT, payees VARCHAR, repeats VARCHAR)"
PIECE = f"SELECT * FROM pair WHERE src_key & {PIECES - 1} = $piece ORDER BY src_key, dst_key, currency"
#: The transfers of touched accounts, by payer and by payee.
OF_TOUCHED = "SEMI JOIN touched_account t ON src_key = t.account_key"
TO_TOUCHED = "SEMI JOIN touched_account t ON dst_key = t.account_key"

#: What batches state of an account.
_FACTS = ("kind", "institution_id", "country", "currency", "opened_us", "status")


_STATED = ", ".join((*_FACTS, "stub"))
#: One value per fact on both sides, and the database's side has it.
_SAME = " AND ".join(
    (
        *(f"(max({name}) IS NULL OR (min({name}) = max({name}) AND max({name}) FILTER (held) IS NOT NULL))" for name in _FACTS),
        "coalesce(bool_and(stub) FILTER (held) = bool_and(stub) FILTER (NOT held), false)",
    )
)


def touched_accounts(size: int) -> str:
    """(account_key, chunk, is_known, is_sure, may_move, is_same): accounts the batch names, in its account rows or as ends of its transfers.

    `is_known`: the database may hold it; `is_sure`: it does. `may_move`: the batch states an institution of it, so that it may be at
    another one now. `is_same`: the database holds what is stated of it, so that only its figures can have changed.
    """
    return f"""
CREATE OR REPLACE TEMP TABLE touched_account AS
WITH own AS (
    SELECT account_key, bool_or(may_move) AS may_move FROM (
        SELECT account_key, institution_id IS NOT NULL AS may_move FROM own_account
        UNION ALL SELECT src_key, false FROM own_transfer UNION ALL SELECT dst_key, false FROM own_transfer
    ) GROUP BY account_key
),
known AS (SELECT DISTINCT o.account_key FROM other_account o SEMI JOIN own USING (account_key)),
settled AS (
    SELECT account_key, {_SAME} AS is_same FROM (
        SELECT account_key, {_STATED}, false AS held FROM raw_account UNION ALL SELECT account_key, {_STATED}, true FROM settled_account
    ) SEMI JOIN own USING (account_key) GROUP BY account_key HAVING bool_or(held)
)
SELECT own.account_key, own.may_move, known.account_key IS NOT NULL AS is_known, settled.account_key IS NOT NULL AS is_sure,
       coalesce(settled.is_same, false) AS is_same, {chunked("own.account_key", size)}
FROM own LEFT JOIN known USING (account_key) LEFT JOIN settled USING (account_key)
"""


#: Ends of other versions of the batch's transfers: their figures change as well.
SIDE_ACCOUNTS = """
CREATE OR REPLACE TEMP TABLE touched_account AS
SELECT chunk, account_key, true AS is_known, true AS is_sure, false AS may_move, false AS is_same FROM (
    SELECT chunk, src_key AS account_key FROM touched_pair WHERE of_others
    UNION SELECT chunk, dst_key FROM touched_pair WHERE of_others
)
"""
_STATS = """
SELECT account_key, CAST(sum(received) AS BIGINT) AS transfers_in, CAST(sum(sent) AS BIGINT) AS transfers_out,
       min(ts_us) AS first_us, max(ts_us) AS last_us
FROM (
    SELECT dst_key AS account_key, 1 AS received, 0 AS sent, ts_us FROM edge {to}
    UNION ALL SELECT src_key, 0, 1, ts_us FROM edge {of}
) GROUP BY account_key
"""


def _account_select(merged: str, to: str = "", of: str = "") -> str:
    facts = ", ".join(f"m.{name}" for name in (*_FACTS, "stub"))
    return f"""
SELECT m.account_id AS id, m.account_key AS key, {facts}, coalesce(s.transfers_in, 0) AS transfers_in,
       coalesce(s.transfers_out, 0) AS transfers_out, coalesce(s.transfers_in + s.transfers_out, 0) AS degree, s.first_us, s.last_us,
       newest_sent.packed AS newest_sent, newest_received.packed AS newest_received, pack.payees, pack.repeats
FROM ({merged}) m LEFT JOIN ({_STATS.format(to=to, of=of)}) s ON m.account_key = s.account_key
LEFT JOIN ({packs.NEWEST_SENT.format(only=of)}) newest_sent ON m.account_key = newest_sent.account_key
LEFT JOIN ({packs.NEWEST_RECEIVED.format(only=to)}) newest_received ON m.account_key = newest_received.account_key
LEFT JOIN pack ON m.account_key = pack.account_key
"""


#: Every account as Neo4j holds it; needs `pack` of all.
ALL_ACCOUNTS = _account_select("SELECT * FROM account")
ACCOUNT_ROWS = f"""
CREATE OR REPLACE TEMP TABLE account_version AS SELECT r.* FROM raw_account r SEMI JOIN touched_account t USING (account_key);
CREATE OR REPLACE TEMP TABLE {{target}} AS
WITH view AS ({_account_select(merged_view(ACCOUNT, "account_version"), TO_TOUCHED, OF_TOUCHED)})
SELECT t.chunk, t.is_known, t.is_same, t.may_move OR NOT t.is_sure AS may_move, view.key IS NOT NULL AS stands, {
    ", ".join(f"t.account_key AS {name}" if name == "key" else f"view.{name}" for name in ACCOUNTS.names)
}
FROM touched_account t LEFT JOIN view ON view.key = t.account_key ORDER BY t.chunk, view.kind, t.account_key
"""

# --- institutions, parties ------------------------------------------------------------------------------------------------


def touched_institutions(size: int) -> str:
    """(id, chunk): codes of the batch's institutions and of the institutions its accounts name."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_institution AS
SELECT institution_id AS id, {chunked("institution_id", size)} FROM (
    SELECT institution_id FROM own_institution UNION SELECT institution_id FROM own_account WHERE institution_id IS NOT NULL
)
"""


_CODES = "SELECT DISTINCT institution_id AS id FROM raw_account WHERE institution_id IS NOT NULL"
#: An institution stands when a batch describes it or an account names it.
ALL_INSTITUTIONS = f"""
SELECT coalesce(i.institution_id, c.id) AS id, i.kind, i.bic, i.country FROM institution i FULL JOIN ({_CODES}) c ON i.institution_id = c.id
"""
INSTITUTION_ROWS = f"""
CREATE OR REPLACE TEMP TABLE institution_version AS
SELECT r.* FROM raw_institution r SEMI JOIN touched_institution t ON r.institution_id = t.id;
CREATE OR REPLACE TEMP TABLE institution_row AS
SELECT t.chunk, i.institution_id IS NOT NULL OR c.id IS NOT NULL AS stands, {
    ", ".join(f"t.id AS {name}" if name == "id" else f"i.{name}" for name in INSTITUTIONS.names)
}
FROM touched_institution t LEFT JOIN ({merged_view(INSTITUTION, "institution_version")}) i ON i.institution_id = t.id
LEFT JOIN ({_CODES}) c ON c.id = t.id ORDER BY t.chunk
"""


def touched_parties(size: int) -> str:
    """(party_key, chunk, is_sure): the batch's parties; `is_sure`: the database holds it."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_party AS
WITH own AS (SELECT DISTINCT party_key FROM own_party), sure AS (SELECT DISTINCT s.party_key FROM settled_party s SEMI JOIN own USING (party_key))
SELECT own.party_key, sure.party_key IS NOT NULL AS is_sure, {chunked("own.party_key", size)} FROM own LEFT JOIN sure USING (party_key)
"""


_PARTY_NAMES = {"id": "party_id", "key": "party_key"}
ALL_PARTIES = f"SELECT {', '.join(f'{_PARTY_NAMES.get(name, name)} AS {name}' for name in PARTIES.names)} FROM party"
PARTY_ROWS = f"""
CREATE OR REPLACE TEMP TABLE party_version AS SELECT r.* FROM raw_party r SEMI JOIN touched_party t USING (party_key);
CREATE OR REPLACE TEMP TABLE party_row AS
SELECT t.chunk, p.party_key IS NOT NULL AS stands, {
    ", ".join(f"t.party_key AS {name}" if name == "key" else f"p.{_PARTY_NAMES.get(name, name)} AS {name}" for name in PARTIES.names)
}
FROM touched_party t LEFT JOIN ({merged_view(PARTY, "party_version")}) p USING (party_key) ORDER BY t.chunk
"""

# --- holdings, identifiers, tags: what hangs on accounts and parties ------------------------------------------------------


def touched_holdings(size: int) -> str:
    """(party_key, account_key, role, chunk): the batch's holdings."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_holding AS
SELECT party_key, account_key, role, {chunked("party_key, account_key, role", size)}
FROM (SELECT DISTINCT party_key, account_key, role FROM own_holding)
"""


_HOLDING = f"party_key, account_key, role, since_us, until_us, {HOLDING_ID} AS id"
ALL_HOLDINGS = f"SELECT {_HOLDING} FROM holding"
HOLDING_ROWS = f"""
CREATE OR REPLACE TEMP TABLE holding_row AS
SELECT t.chunk, h.id IS NOT NULL AS stands, t.party_key || '|' || t.account_key || '|' || t.role AS id, t.party_key, t.account_key, t.role,
       h.since_us, h.until_us
FROM touched_holding t LEFT JOIN ({ALL_HOLDINGS}) h USING (party_key, account_key, role) ORDER BY t.chunk
"""


def touched_identifiers(size: int) -> str:
    """(kind, identifier_key, chunk): the batch's identifiers."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_identifier AS
SELECT kind, identifier_key, {chunked("kind, identifier_key", size)} FROM (SELECT DISTINCT kind, identifier_key FROM own_identifier)
"""


_IDENTIFIER = f"""
{IDENTIFIER_ID} AS id, identifier_key AS key, kind, status, party_key, account_key, first_seen_us, last_seen_us, uses
"""
ALL_IDENTIFIERS = f"SELECT {_IDENTIFIER} FROM identifier"
IDENTIFIER_ROWS = f"""
CREATE OR REPLACE TEMP TABLE identifier_version AS
SELECT r.* FROM raw_identifier r SEMI JOIN touched_identifier t ON r.kind = t.kind AND r.identifier_key = t.identifier_key;
CREATE OR REPLACE TEMP TABLE identifier_row AS
SELECT t.chunk, i.id IS NOT NULL AS stands, t.kind || '|' || t.identifier_key AS id, t.identifier_key AS key, t.kind, i.status, i.party_key,
       i.account_key, i.first_seen_us, i.last_seen_us, i.uses
FROM touched_identifier t
LEFT JOIN (SELECT {_IDENTIFIER} FROM ({merged_view(IDENTIFIER, "identifier_version")})) i ON i.key = t.identifier_key AND i.kind = t.kind
ORDER BY t.chunk
"""


def touched_tags(size: int) -> str:
    """(tag_id, chunk): the batch's tags."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_tag AS
SELECT tag_id, {chunked("tag_id", size)} FROM (SELECT DISTINCT tag_id FROM own_tag)
"""


#: Without those about protected subjects, who are accused of nothing anywhere.
ALL_TAGS = f"SELECT tag_id AS id, {', '.join(name for name in TAGS.names if name != 'id')} FROM shown_tag"
TAG_ROWS = f"""
CREATE OR REPLACE TEMP TABLE tag_version AS SELECT r.* FROM raw_tag r SEMI JOIN touched_tag t USING (tag_id);
CREATE OR REPLACE TEMP TABLE tag_row AS
SELECT t.chunk, g.tag_id IS NOT NULL AS stands, {", ".join(f"t.tag_id AS {name}" if name == "id" else f"g.{name}" for name in TAGS.names)}
FROM touched_tag t LEFT JOIN (
    SELECT v.* FROM ({merged_view(TAG, "tag_version")}) v ANTI JOIN protected_subject p ON v.subject_key = p.key AND v.subject_realm = p.realm
) g USING (tag_id) ORDER BY t.chunk
"""

#: What waits for an account or party the database did not hold: links of other batches to it. By realm, then by what hangs there.
HANGING: dict[str, dict[str, str]] = {
    realm: {
        "holding": f"SELECT t.chunk, h.* FROM ({ALL_HOLDINGS}) h JOIN touched_{realm} t USING ({realm}_key) WHERE NOT t.is_sure",
        "identifier": f"SELECT t.chunk, i.* FROM ({ALL_IDENTIFIERS}) i JOIN touched_{realm} t USING ({realm}_key) WHERE NOT t.is_sure",
        "tag": (
            f"SELECT t.chunk, g.* FROM ({ALL_TAGS}) g JOIN touched_{realm} t ON g.subject_key = t.{realm}_key "
            f"WHERE g.subject_realm = '{realm}' AND NOT t.is_sure"
        ),
    }
    for realm in ("account", "party")
}

# --- the whole ------------------------------------------------------------------------------------------------------------

ALL_TRANSFERS = """
SELECT lower(hex(transfer_id)) AS id, src_key, dst_key, ts_us, time_known, amount_minor, currency, channel, status, batch_id AS batch FROM transfer
"""
#: Needs `pair` of all.
ALL_PAID = f"SELECT {PAID_ID} AS id, src_key, dst_key, currency, n, sum_minor, max_minor, null_amounts, first_us, last_us FROM pair"
TOTALS = """
SELECT count(*) AS transfers, count(*) - count(amount_minor) AS null_amounts, min(ts_us) AS first_us, max(ts_us) AS last_us FROM edge
"""
CURRENCIES = "SELECT currency, count(*) AS n, count(*) - count(amount_minor) AS nulls FROM edge GROUP BY currency ORDER BY currency"
ALL_USED = f"""
SELECT {IDENTIFIER_ID} || ':party' AS id, {IDENTIFIER_ID} AS identifier, party_key AS user_key, first_seen_us, last_seen_us, uses
FROM identifier SEMI JOIN known_party p ON party_key = p.k
UNION ALL
SELECT {IDENTIFIER_ID} || ':account', {IDENTIFIER_ID}, account_key, first_seen_us, last_seen_us, uses
FROM identifier SEMI JOIN known_account a ON account_key = a.k
"""
ALL_ON = """
SELECT tag_id AS id, subject_key FROM shown_tag SEMI JOIN known_any s ON subject_key = s.k AND subject_realm = s.realm WHERE subject_realm <> 'identifier'
"""
