"""Derived tables: numbers and inferences, kept apart from facts, each set belonging to a run.

Every derived table names the column that keys it to an account. The ledger refuses a commit that holds a row keyed to a protected
account, and a reader never sees a row keyed to an account that is protected *now*.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from bakau.model import TRANSFER_ID


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """Name, Arrow schema and the column of account keys that protection looks at (None: keyed to a finding as a whole)."""

    name: str
    schema: pa.Schema
    subject: str | None


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


_I64, _STR, _I32 = pa.int64(), pa.string(), pa.int32()

SCORE = DerivedTable("score", _schema(account_key=_I64, points=_I64, name=_STR, version=_STR, kind=_STR, contribution=_I64), "account_key")
HIT = DerivedTable(
    "hit",
    _schema(
        account_key=_I64, indicator=_STR, version=_STR, state=_STR, points=_I64, observed=_I64, threshold=_I64, observed_text=_STR,
        threshold_text=_STR, role=_STR, first_us=_I64, last_us=_I64, evidence_count=_I64, missing=_STR,
    ),
    "account_key",
)  # fmt: skip
EVIDENCE = DerivedTable("evidence", _schema(finding_id=_STR, account_key=_I64, indicator=_STR, transfer_id=TRANSFER_ID), "account_key")
COMMUNITY = DerivedTable("community", _schema(account_key=_I64, resolution=_STR, community=_I64), "account_key")
FINDING = DerivedTable(
    "finding",
    _schema(
        finding_id=_STR, revision=_I32, previous=_STR, kind=_STR, subject_hash=_STR, score=_I64, first_us=_I64, last_us=_I64, status=_STR,
        protected_count=_I64,
    ),
    None,
)  # fmt: skip
FINDING_SUBJECT = DerivedTable(
    "finding_subject", _schema(finding_id=_STR, account_key=_I64, role=_STR, role_basis=_STR, points=_I64), "account_key"
)
FINDING_CONTEXT = DerivedTable("finding_context", _schema(finding_id=_STR, account_key=_I64), "account_key")
FINDING_REASON = DerivedTable(
    "finding_reason",
    _schema(
        finding_id=_STR, account_key=_I64, name=_STR, version=_STR, points=_I64, observed=_STR, threshold=_STR, source=_STR, runbook=_STR,
        evidence_count=_I64, not_evaluable=_STR,
    ),
    "account_key",
)  # fmt: skip
#: Accounts of unknown age beside the subjects that show a sign of danger: no subject, no points. Without rows in runs of before it was kept.
FINDING_REVIEW = DerivedTable("finding_review", _schema(finding_id=_STR, account_key=_I64), "account_key")
FINDING_RECENT = DerivedTable(
    "finding_recent",
    _schema(
        finding_id=_STR, account_key=_I64, payments_7d=_I64, payments_30d=_I64, payments_before=_I64, new_receivers=_I64, tickets=_I64,
        is_reachable=pa.bool_(), last_us=_I64,
    ),
    "account_key",
)  # fmt: skip
#: For each subject and rule its own points as they stand, at least and at most, and what these two add to the finding's score under all caps.
#: Without rows in runs of before it was kept.
FINDING_BOUND = DerivedTable(
    "finding_bound",
    _schema(
        finding_id=_STR, account_key=_I64, name=_STR, own_points=_I64, own_low=_I64, own_high=_I64, points_low=_I64, points_high=_I64,
        is_open=pa.bool_(), is_beyond=pa.bool_(),
    ),
    "account_key",
)  # fmt: skip

DERIVED: dict[str, DerivedTable] = {
    table.name: table
    for table in (
        SCORE, HIT, EVIDENCE, COMMUNITY, FINDING, FINDING_SUBJECT, FINDING_CONTEXT, FINDING_REVIEW, FINDING_REASON, FINDING_RECENT, FINDING_BOUND,
    )
}  # fmt: skip
