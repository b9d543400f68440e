"""Reasons for people: the rows of a finding added up per indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    import pyarrow as pa

SUMMARY = """
WITH ordered AS (SELECT *, row_number() OVER (PARTITION BY finding_id, name ORDER BY abs(points) DESC, account_key) AS place FROM reason)
SELECT finding_id, name, max(version) AS version, CAST(sum(points) AS BIGINT) AS points,
       CASE WHEN count(*) = 1 THEN max(observed)
            ELSE format('{} accounts; strongest: {}', count(*), max(observed) FILTER (WHERE place = 1)) END AS observed,
       max(threshold) AS threshold, max(source) AS source, max(runbook) AS runbook,
       CAST(sum(evidence_count) AS BIGINT) AS evidence_count, coalesce(max(not_evaluable), '') AS not_evaluable
FROM ordered GROUP BY finding_id, name ORDER BY finding_id, points DESC, name
"""


def summarise(reasons: pa.Table) -> pa.Table:
    """One row per finding and indicator of a ``finding_reason`` table: points and evidence added up, the strongest member's words.

    Columns: finding_id, name, version, points, observed, threshold, source, runbook, evidence_count, not_evaluable; most points
    first. The points of a finding's rows sum to its score.
    """
    with connect_scratch(threads=1) as connection:
        connection.register("reason", reasons)
        return connection.sql(SUMMARY).to_arrow_table()
