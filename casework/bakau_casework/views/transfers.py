"""The transfers of one account, or between two, newest first, each down to batch, file and line.

Transfers with a protected account are counted and not listed, and the count knows no filter: else a narrower and narrower one would tell
their time and amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau.model import TRANSFER
from bakau_casework.purpose import Reveals
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, text
from bakau_casework.views.explain import ALSO_IN, ALSO_OF, file_table
from bakau_casework.views.walks import Window, id_of, min_minor_of, open_end

if TYPE_CHECKING:
    from bakau_casework.reading import Clear, Reading

TRANSFERS_OF = Declaration(
    "transfers-of",
    "The transfers of an account, or between two, newest first, each with the line it came from.",
    "transfers",
    (
        text("transfer_id", "the transfer, hexadecimal"),
        text("time", "when, ISO 8601 in UTC; the date alone when the time of day is not known"),
        Shown.of(TRANSFER["local_hour"]),
        account_id("src_id", "payer"),
        account_id("dst_id", "payee"),
        *(Shown.of(TRANSFER[name]) for name in ("amount_minor", "currency", "channel", "status", "src_country", "dst_country")),
        text("source_id", "the source that gave it"),
        text("batch_id", "the batch that brought it"),
        text("file", "the file of that batch; (sealed) when the vault key is not there"),
        count("line", "line of the record in that file"),
        ALSO_IN,
        Shown.of(TRANSFER["reference"], reveals=Reveals.NUMBER),
        Shown.of(TRANSFER["purpose"], reveals=Reveals.TEXT),
    ),
    (
        account_id("account_id", "the account asked about"),
        account_id("other_id", "the other account; null when all were asked for"),
        count("total", "transfers that fit the question, those with protected accounts aside"),
        count("left_out", "of these beyond the limit"),
        count("protected_transfers", "transfers with protected accounts, whatever the window: counted, not listed"),
    ),
)

_FITTING = """
SELECT * FROM transfer
WHERE ((src_key = $one AND ($other IS NULL OR dst_key = $other) AND $direction != 'in')
    OR (dst_key = $one AND ($other IS NULL OR src_key = $other) AND $direction != 'out'))
  AND ($since IS NULL OR ts_us >= $since) AND ($until IS NULL OR ts_us < $until)
  AND ($currency IS NULL OR currency = $currency) AND ($least IS NULL OR amount_minor >= $least)
  AND CASE WHEN src_key = $one THEN dst_key ELSE src_key END NOT IN (SELECT account_key FROM protected_account)
"""
_PROTECTED = """
SELECT count(*)::BIGINT AS n FROM transfer
WHERE (src_key = $one AND $other IS NULL AND $direction != 'in' AND dst_key IN (SELECT account_key FROM protected_account))
   OR (dst_key = $one AND $other IS NULL AND $direction != 'out' AND src_key IN (SELECT account_key FROM protected_account))
"""
_ROWS = f"""
WITH row_of AS (SELECT *, count(*) OVER () AS total FROM ({_FITTING}) ORDER BY ts_us DESC, transfer_id DESC LIMIT $limit),
{ALSO_OF}
SELECT t.transfer_id, iso(t.ts_us, known := t.time_known) AS time, t.local_hour, s.account_id AS src_id, d.account_id AS dst_id,
       t.amount_minor, t.currency, t.channel, t.status, t.src_country, t.dst_country, b.source_id, t.batch_id, f.file_name AS file,
       t.record AS line, coalesce(o.also_in, []) AS also_in, t.total
FROM row_of t
LEFT JOIN who s ON s.account_key = t.src_key LEFT JOIN who d ON d.account_key = t.dst_key
LEFT JOIN file_of f USING (batch_id) LEFT JOIN batch b USING (batch_id) LEFT JOIN also_of o ON o.transfer_id = t.transfer_id
ORDER BY t.ts_us DESC, t.transfer_id DESC
"""


def show_transfers(reading: Reading, clear: Clear, account: str, other: str | None, window: Window) -> Draft:
    """The draft of TRANSFERS_OF. RefusedError when an account that is named is protected; `window.order` is newest first."""
    if window.order != "newest":
        raise InputError("transfers are listed newest first")
    one = open_end(reading, account)
    two = None if other is None else open_end(reading, other)
    question: dict[str, object] = {
        "one": one, "other": two, "direction": window.direction, "since": window.since_us, "until": window.until_us,
        "currency": window.currency, "least": min_minor_of(reading, window), "limit": window.limit,
    }  # fmt: skip
    rows = reading.query(_ROWS, question, file_of=file_table(reading))
    total = int(rows["total"][0].as_py()) if len(rows) else 0
    ids = rows["transfer_id"].combine_chunks().cast(TRANSFER["transfer_id"].type)
    reference = clear.values("transfer", "reference", ids, allowed=Reveals.NUMBER in clear.terms.unmasks)
    purpose = clear.values("transfer", "purpose", ids, allowed=Reveals.TEXT in clear.terms.unmasks)
    rows = rows.append_column("reference", reference).append_column("purpose", purpose)
    rows = rows.set_column(0, "transfer_id", [[identity.hex() for identity in ids.to_pylist()]]).drop_columns(["total"])
    hidden = reading.query(_PROTECTED, {name: question[name] for name in ("one", "other", "direction")})
    named = [id_of(reading, key) for key in (one, two) if key is not None]
    facts = {"account_id": named[0], "other_id": named[1] if two is not None else None, "total": total, "left_out": total - len(rows)}
    facts["protected_transfers"] = hidden["n"][0].as_py()
    return Draft(rows, facts, tuple(named))
