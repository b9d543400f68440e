"""Payments that several batches tell of: which transfers are written again when a batch comes or goes. SQL for DuckDB, as in `delta_queries`."""

from __future__ import annotations

from bakau_graph.archive.same_payment import HAS_REFERENCE
from bakau_graph.neo4j.delta_queries import SIDE_ACCOUNTS, chunked

_REFERENCES = f"""
SELECT transfer_id, unnest([uetr, group_key || '|' || amount_minor || '|' || currency]) AS reference FROM {{prefix}}_transfer
WHERE {HAS_REFERENCE}
"""
#: References by which transfers of this batch, of the snapshot or of what the database holds may be one payment, and those that several share.
PAYMENT_REFERENCES = f"""
CREATE OR REPLACE TEMP TABLE payment_reference AS
SELECT DISTINCT transfer_id, reference FROM ({" UNION ALL ".join(_REFERENCES.format(prefix=prefix) for prefix in ("own", "raw", "other"))})
WHERE reference IS NOT NULL;
CREATE OR REPLACE TEMP TABLE shared_reference AS SELECT reference FROM payment_reference GROUP BY reference HAVING count(*) > 1
"""
#: (transfer_id): the batch's transfers that share a reference; then, again and again, those that share one with them.
BEGIN_PAYMENTS = """
CREATE OR REPLACE TEMP TABLE touched_payment AS
SELECT DISTINCT p.transfer_id FROM payment_reference p SEMI JOIN own_transfer o USING (transfer_id) SEMI JOIN shared_reference s USING (reference)
"""
GROW_PAYMENTS = """
INSERT INTO touched_payment
SELECT DISTINCT r.transfer_id FROM payment_reference r
SEMI JOIN (
    SELECT p.reference FROM payment_reference p SEMI JOIN touched_payment t USING (transfer_id) SEMI JOIN shared_reference s USING (reference)
) n ON r.reference = n.reference
ANTI JOIN touched_payment t ON r.transfer_id = t.transfer_id
"""


def touched_payments(size: int) -> str:
    """(transfer_id, id, is_known, chunk): transfers of which what counts once in the view, and by which ends, may have changed."""
    return f"""
CREATE OR REPLACE TEMP TABLE touched_transfer AS
SELECT transfer_id, lower(hex(transfer_id)) AS id, true AS is_known, {chunked("transfer_id", size)} FROM touched_payment
"""


_PAIR_OF = "SELECT t.chunk, r.src_key, r.dst_key, r.currency FROM {name} r JOIN touched_transfer t USING ({key})"
#: Pairs of any version of a touched transfer, of the payment it belongs to now, and of what the database says of it (`held_end`).
PAYMENT_PAIRS = f"""
CREATE OR REPLACE TEMP TABLE touched_pair AS
SELECT DISTINCT chunk, src_key, dst_key, currency, true AS of_others FROM (
    {" UNION ALL ".join(_PAIR_OF.format(name=name, key="transfer_id") for name in ("own_transfer", "raw_transfer", "other_transfer", "transfer"))}
    UNION ALL {_PAIR_OF.format(name="held_end", key="id")}
)
"""

#: Ends of all these pairs: their figures change as well; an account that only a batch brings which has not come yet waits for it.
PAYMENT_ACCOUNTS = f"""
{SIDE_ACCOUNTS.strip()};
DELETE FROM touched_account
WHERE account_key NOT IN (SELECT account_key FROM own_account UNION ALL SELECT account_key FROM other_account)
"""
