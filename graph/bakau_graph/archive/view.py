"""The current view: per record and column the latest non-null, non-withdrawn value in ledger order.

Every text here is SQL over the open segments of the batches a snapshot sees. Transfers that stand once (nearly all) pass straight
through; those that stand more than once are resolved: the first stands, later ones count only when their batch declares
corrections, a repeated or conflicting copy adds nothing. The same rule, applied to whatever batches remain, is why a withdrawn batch
leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.model import ACCOUNT, HOLDING, IDENTIFIER, INSTITUTION, PARTY, RELATION, TAG, TRANSFER, WATCH_ENTRY, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

MERGED: tuple[Table, ...] = (PARTY, ACCOUNT, INSTITUTION, IDENTIFIER, HOLDING, RELATION, TAG, WATCH_ENTRY)

PAID = """
CREATE OR REPLACE VIEW paid AS
SELECT src_key, dst_key, currency, CAST(count(*) AS BIGINT) AS n, CAST(sum(amount_minor) AS BIGINT) AS sum_minor,
       min(ts_us) AS first_us, max(ts_us) AS last_us, max(amount_minor) AS max_minor
FROM transfer WHERE status = 'settled' GROUP BY src_key, dst_key, currency
"""

#: Tags as they may be shown or handed on: nothing that anybody says about a protected subject. Needs ``protected_subject``.
SHOWN_TAG = """
CREATE OR REPLACE VIEW shown_tag AS SELECT t.* FROM tag t
ANTI JOIN protected_subject p ON t.subject_key = p.key AND t.subject_realm = p.realm
"""

EDGES = """
SELECT src_key, dst_key, ts_us, time_known, amount_minor, currency, transfer_id FROM transfer
"""


def merged_view(table: Table, source: str | None = None) -> str:
    """SELECT that merges all versions of a table's rows: key, latest non-null facts, latest lineage.

    `source` names a relation that holds some of the rows of ``raw_<table>`` (all versions of some keys), to merge only those.

    A stub says only that something exists: it never outweighs a record, and the merged row is a stub only if every row is one.
    """
    keys = ", ".join(table.key)
    parts = list(table.key)
    has_stubs = any(column.name == "stub" for column in table.columns)
    order = "NOT stub, seq, record" if has_stubs else "seq, record"
    for column in table.open_columns:
        name = column.name
        if name in table.key:
            continue
        if name == "stub":
            parts.append("bool_and(stub) AS stub")
        elif name in ("batch_id", "record"):
            parts.append(f"last({name} ORDER BY {order}) AS {name}")
        else:
            parts.append(f"last({name} ORDER BY {order}) FILTER (WHERE {name} IS NOT NULL) AS {name}")
    return f"SELECT {', '.join(parts)} FROM (SELECT r.*, b.seq FROM {source or 'raw_' + table.name} r JOIN batch b USING (batch_id)) GROUP BY {keys}"


#: Holdings and relations stand only while both ends are known (decision 0004).
REFERRING = {
    "holding": "SELECT h.* FROM merged_holding h SEMI JOIN known_party p ON h.party_key = p.k SEMI JOIN known_account a ON h.account_key = a.k",
    "relation": (
        "SELECT r.* FROM merged_relation r "
        "SEMI JOIN known_any s ON r.subject_key = s.k AND r.subject_realm = s.realm "
        "SEMI JOIN known_any o ON r.object_key = o.k AND r.object_realm = o.realm"
    ),
}

KNOWN = (
    "CREATE VIEW known_party AS SELECT DISTINCT party_key AS k FROM raw_party",
    "CREATE VIEW known_account AS SELECT DISTINCT account_key AS k FROM raw_account",
    (
        "CREATE VIEW known_any AS SELECT k, 'party' AS realm FROM known_party UNION ALL SELECT k, 'account' FROM known_account "
        "UNION ALL SELECT DISTINCT identifier_key, 'identifier' FROM raw_identifier"
    ),
)


def transfer_view(columns: Sequence[str], *, overlaps: bool) -> str:
    """SELECT of the current transfers; `overlaps` when some identity stands in more than one row."""
    names = ", ".join(columns)
    if not overlaps:
        return f"SELECT {names} FROM raw_transfer"
    facts = [name for name in columns if name not in ("transfer_id", "batch_id", "record")]
    merged = ", ".join(f"last({name} ORDER BY seq, record) FILTER (WHERE {name} IS NOT NULL) AS {name}" for name in facts)
    lineage = ", ".join(f"last({name} ORDER BY seq, record) AS {name}" for name in ("batch_id", "record") if name in columns)
    chosen = ", ".join(part for part in ("transfer_id", merged, lineage) if part)
    ordered = f"SELECT {names} FROM (SELECT {chosen} FROM standing GROUP BY transfer_id)"
    return f"""
WITH standing AS (
    SELECT * FROM (
        SELECT r.*, b.seq, b.declares_corrections,
               row_number() OVER (PARTITION BY r.transfer_id ORDER BY b.seq, r.record) AS place
        FROM raw_transfer r SEMI JOIN overlap o ON r.transfer_id = o.transfer_id JOIN batch b ON r.batch_id = b.batch_id
    ) WHERE place = 1 OR declares_corrections
)
SELECT {names} FROM raw_transfer r ANTI JOIN overlap o ON r.transfer_id = o.transfer_id
UNION ALL {ordered}
"""


TRANSFER_COLUMNS = tuple(column.name for column in TRANSFER.open_columns)
#: The current transfers where no payment is told of twice.
STATED = "SELECT * FROM stated_transfer"
#: The current transfers in which a payment that several rows tell of counts once: its rows are left out, and what they come to stands instead.
PAYMENTS = f"""
SELECT {", ".join(TRANSFER_COLUMNS)} FROM stated_transfer t ANTI JOIN same_payment s ON t.transfer_id = s.transfer_id
UNION ALL
SELECT {", ".join(TRANSFER_COLUMNS)} FROM merged_payment
"""
#: What several rows of one payment come to: what the first of them says, the clock where one of them knows it, and how far the money came.
_OF_PAYMENT = {
    "ts_us": "first(ts_us ORDER BY NOT time_known, place)",
    "time_known": "bool_or(time_known)",
    "local_hour": "first(local_hour ORDER BY NOT time_known, place)",
    "status": (
        "CASE WHEN bool_or(status = 'settled') THEN 'settled' WHEN bool_or(status = 'reversed') THEN 'reversed' "
        "ELSE first(status ORDER BY place) END"
    ),
    "batch_id": "first(batch_id ORDER BY place)",
    "record": "first(record ORDER BY place)",
}
_FACTS_OF_PAYMENT = [name for name in TRANSFER_COLUMNS if name not in ("transfer_id", "src_key", "dst_key")]
#: The rows of `found_payment` (same_payment.SCHEMA), each payment's first row with what they come to.
MERGED_PAYMENTS = f"""
SELECT f.*, {", ".join(f"m.{name}" for name in _FACTS_OF_PAYMENT)} FROM found_payment f LEFT JOIN (
    SELECT payment_id, {
    ", ".join(
        f"{_OF_PAYMENT.get(name) or f'first({name} ORDER BY place) FILTER (WHERE {name} IS NOT NULL)'} AS {name}"
        for name in _FACTS_OF_PAYMENT
    )
}
    FROM (SELECT t.*, s.payment_id, s.place FROM stated_transfer t JOIN found_payment s ON t.transfer_id = s.transfer_id) GROUP BY payment_id
) m ON f.transfer_id = m.payment_id ORDER BY f.payment_id, f.place
"""
