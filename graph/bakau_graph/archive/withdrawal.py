"""Taking numbers back: what a derived table still says once protection has spoken.

A row keyed to a protected account is gone. A finding without subjects is gone. A finding's score is the sum of the reasons that
remain, and members protected since are added to its count of protected members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_graph.archive.derived import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakau.protection import ProtectionSet

    Read = Callable[[str], pa.Table]


def withdraw_protected(table: str, read: Read, protection: ProtectionSet) -> pa.Table:
    """The rows of a derived table that may be shown; `read` gives the stored rows of any derived table of the same run."""
    rows = _drop_protected(table, read(table), protection)
    if not table.startswith("finding") and table != "evidence":
        return rows
    stored = read("finding_subject")
    alive = _drop_protected("finding_subject", stored, protection)["finding_id"]
    if len(alive) == len(stored):
        return rows
    rows = rows.filter(pc.is_in(rows["finding_id"], value_set=pc.unique(alive)))
    return _recount(rows, read, protection) if table == "finding" else rows


def _drop_protected(table: str, rows: pa.Table, protection: ProtectionSet) -> pa.Table:
    subject = DERIVED[table].subject
    if subject is None or not len(rows):
        return rows
    hidden = pc.is_in(rows[subject], value_set=pa.array(protection.protected_accounts))
    return rows.filter(pc.invert(hidden))


def _recount(findings: pa.Table, read: Read, protection: ProtectionSet) -> pa.Table:
    reasons = _drop_protected("finding_reason", read("finding_reason"), protection)
    findings = _join(findings, "score", reasons.group_by("finding_id", use_threads=False).aggregate([("points", "sum")]), base=False)
    members = pa.concat_tables([read(name).select(["finding_id", "account_key"]) for name in ("finding_subject", "finding_context")])
    lost = members.filter(pc.is_in(members["account_key"], value_set=pa.array(protection.protected_accounts)))
    return _join(
        findings, "protected_count", lost.group_by("finding_id", use_threads=False).aggregate([("account_key", "count")]), base=True
    )


def _join(findings: pa.Table, column: str, values: pa.Table, *, base: bool) -> pa.Table:
    """Set `column` of each finding to its value (0 when it has none), added to what stands there when `base`."""
    spot = pc.index_in(findings["finding_id"], value_set=values["finding_id"].combine_chunks())
    found = pc.fill_null(values.column(1).combine_chunks().take(spot.combine_chunks() if isinstance(spot, pa.ChunkedArray) else spot), 0)
    total = pc.add(findings[column], found) if base else found
    place = findings.schema.get_field_index(column)
    return findings.set_column(place, column, pa.array(np.asarray(total), pa.int64()))
