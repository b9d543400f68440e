"""What is asked of the evidence of a rule, in SQL that every engine answers alike."""

from __future__ import annotations

#: One row per account hit: account_key, observed, evidence_count, first_us, last_us. Reads the evidence in `{table}`, and `scorable_account`.
#: Where one table holds the evidence of several rules, `{by}` is "indicator, " and comes first; else it is empty.
TOTALS = """
SELECT {by}account_key, max(observed) AS observed, count(DISTINCT transfer_id) AS evidence_count, min(ts_us) AS first_us, max(ts_us) AS last_us
FROM {table} WHERE account_key IN (SELECT account_key FROM scorable_account) GROUP BY {by}account_key ORDER BY {by}account_key
"""
#: The transfers that make the hits of the accounts in `wanted_account`: account_key, transfer_id; `{by}` as above.
EVIDENCE = """
SELECT DISTINCT {by}e.account_key, e.transfer_id FROM {table} e JOIN wanted_account w ON e.account_key = w.account_key ORDER BY {by}e.account_key, e.transfer_id
"""


def table_of(rule_id: str) -> str:
    """The temporary table that holds a rule's evidence."""
    return "evidence_" + rule_id.replace("-", "_").lower()
