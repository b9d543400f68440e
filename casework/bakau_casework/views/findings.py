"""Suspect accounts and networks of a run, worst first; and what changed since an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import NotFoundError
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text

if TYPE_CHECKING:
    from bakau_casework.reading import Reading
    from bakau_graph.archive import Run

SUBJECT_FIELDS = {"id": pa.string(), "role": pa.string(), "role_basis": pa.string(), "age_state": pa.string(), "points": pa.int64()}
REASON_FIELDS = {
    "name": pa.string(), "version": pa.string(), "points": pa.int64(), "observed": pa.string(), "threshold": pa.string(), "source": pa.string(),
    "runbook": pa.string(), "evidence_count": pa.int64(), "not_evaluable": pa.string(),
}  # fmt: skip

COLUMNS = (
    text("finding_id", "lineage of the finding; decisions attach to it"),
    Shown("revision", pa.int32(), "1 for a new finding, one more whenever it changed", text("", "").marking),
    text("previous", "the finding of the run before that this one continues; null when it is new"),
    text("kind", "account or network"),
    nested(
        "subjects",
        "whom the finding is about, most points first; age_state age_unknown means: establish before naming",
        SUBJECT_FIELDS,
        holds_ids=True,
    ),
    Shown(
        "context_ids", pa.list_(pa.string()), "accounts needed to understand it, accused of nothing", text("", "").marking, holds_ids=True
    ),
    count("protected_count", "protected accounts in it: counted, never named"),
    text("first_ts", "first transfer of the evidence, ISO 8601 in UTC"),
    text("last_ts", "last transfer of the evidence"),
    count("score", "sum of the points of its reasons"),
    nested("reasons", "named contributions, most points first; observed and threshold are sentences with numbers and units", REASON_FIELDS),
    Shown(
        "incomplete",
        pa.list_(pa.string()),
        "batches of its evidence that are not the whole of what their files promise",
        text("", "").marking,
    ),
)

FINDINGS = Declaration(
    "findings",
    "Suspect accounts and networks of the newest run, worst first.",
    "findings",
    COLUMNS,
    (
        text("run", "the run they come from"),
        count("total", "findings of the run, before --top and --kind"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
    ),
)

CHANGES = Declaration(
    "findings-since",
    "What changed since an earlier run: each finding with its change.",
    "findings",
    (text("change", "new, changed or gone"), *COLUMNS),
    (*FINDINGS.facts, text("since", "the earlier run")),
)

_ASSEMBLE = """
WITH picked AS (
    SELECT * FROM finding WHERE ($kind IS NULL OR kind = $kind) AND ($one IS NULL OR finding_id = $one)
    ORDER BY score DESC, finding_id LIMIT $top
),
subject AS (
    SELECT finding_id, list({'id': account_id, 'role': role, 'role_basis': role_basis,
        'age_state': CASE WHEN adult THEN 'adult_known' ELSE 'age_unknown' END, 'points': points} ORDER BY points DESC, account_id) AS subjects
    FROM (
        SELECT s.*, w.account_id, a.account_key IS NOT NULL AS adult
        FROM finding_subject s SEMI JOIN picked p USING (finding_id) JOIN who w USING (account_key) LEFT JOIN adult_account a USING (account_key)
    ) GROUP BY finding_id
),
context AS (
    SELECT finding_id, list(account_id ORDER BY account_id) AS context_ids
    FROM finding_context c SEMI JOIN picked p USING (finding_id) JOIN who w USING (account_key) GROUP BY finding_id
),
reason AS (
    SELECT finding_id, list({'name': name, 'version': version, 'points': points, 'observed': observed, 'threshold': threshold, 'source': source,
        'runbook': runbook, 'evidence_count': evidence_count, 'not_evaluable': coalesce(not_evaluable, '')}
        ORDER BY points DESC, name, account_key) AS reasons
    FROM finding_reason r SEMI JOIN picked p USING (finding_id) GROUP BY finding_id
)
SELECT p.finding_id, p.revision, p.previous, p.kind, coalesce(s.subjects, []) AS subjects, coalesce(c.context_ids, []) AS context_ids,
       p.protected_count, iso(p.first_us) AS first_ts, iso(p.last_us) AS last_ts, p.score, coalesce(r.reasons, []) AS reasons,
       coalesce(i.batches, []) AS incomplete
FROM picked p LEFT JOIN subject s USING (finding_id) LEFT JOIN context c USING (finding_id) LEFT JOIN reason r USING (finding_id) LEFT JOIN rests_on i USING (finding_id)
ORDER BY p.score DESC, p.finding_id
"""

#: Findings whose evidence stands in a batch of `incomplete_batch`.
_RESTS_ON = """
SELECT finding_id, list(DISTINCT batch_id ORDER BY batch_id) AS batches
FROM (SELECT finding_id, transfer_id FROM evidence WHERE $one IS NULL OR finding_id = $one) e
JOIN (SELECT transfer_id, batch_id FROM transfer SEMI JOIN incomplete_batch USING (batch_id)) t USING (transfer_id) GROUP BY finding_id
"""
_NOTHING = pa.table({"finding_id": pa.array([], pa.string()), "batches": pa.array([], pa.list_(pa.string()))})

_FINDING_TABLES = ("finding", "finding_subject", "finding_context", "finding_reason")


def get_run(reading: Reading, run_id: str | None = None) -> Run:
    """A run by id or unique prefix, the newest by default; NotFoundError when nothing was analysed."""
    run = reading.snapshot.latest_run() if run_id is None else reading.snapshot.get_run(run_id)
    if run is None:
        raise NotFoundError("nothing was analysed yet", hint="bakau analyse")
    return run


def assemble(reading: Reading, run: Run, *, top: int | None = None, kind: str | None = None, one: str | None = None) -> pa.Table:
    """Findings of a run as COLUMNS, worst first. All of them are put together once a snapshot, which every session asks for."""
    if (top, kind, one) == (None, None, None):
        return reading.keep((run.run_id, "assembled"), lambda: _assemble(reading, run, top=None, kind=None, one=None))
    return _assemble(reading, run, top=top, kind=kind, one=one)


def _assemble(reading: Reading, run: Run, *, top: int | None, kind: str | None, one: str | None) -> pa.Table:
    reading.use_run(run.run_id, *_FINDING_TABLES)
    asked: dict[str, object] = {"kind": kind, "one": one, "top": 2**62 if top is None else top}
    rows = reading.query(_ASSEMBLE, asked, rests_on=_find_incomplete(reading, run, one))
    return rows.cast(pa.schema([pa.field(column.name, column.type) for column in COLUMNS]))


def _find_incomplete(reading: Reading, run: Run, one: str | None) -> pa.Table:
    """finding_id, batches: those of its evidence that are incomplete now. Nothing is asked where every batch is whole."""
    batches = [batch.batch_id for batch in reading.snapshot.batches() if batch.incomplete]
    if not batches:
        return _NOTHING
    reading.use_run(run.run_id, "evidence")
    return reading.query(_RESTS_ON, {"one": one}, incomplete_batch=pa.table({"batch_id": pa.array(batches, pa.string())}))


def count_findings(reading: Reading, run: Run) -> int:
    """How many findings of the run may be shown now."""
    return reading.keep((run.run_id, "count"), lambda: len(reading.snapshot.derived("finding", run.run_id)))


def _facts(reading: Reading, run: Run) -> dict[str, object]:
    return {"run": run.run_id, "total": count_findings(reading, run), "is_stale": run.fact_digest != reading.snapshot.digest}


def list_findings(reading: Reading, *, top: int | None, kind: str | None) -> Draft:
    """The newest run's findings."""
    run = get_run(reading)
    return Draft(assemble(reading, run, top=top, kind=kind), _facts(reading, run))


def list_changes(reading: Reading, *, since: str, top: int | None, kind: str | None) -> Draft:
    """New, changed and gone findings of the newest run against an earlier one, compared as both may be shown now."""
    earlier, run = get_run(reading, since), get_run(reading)
    before = {row["finding_id"]: row for row in assemble(reading, earlier, kind=kind).to_pylist()}
    after = {row["finding_id"]: row for row in assemble(reading, run, kind=kind).to_pylist()}
    continued = {row["previous"] for row in after.values()}
    rows = [{"change": "new", **row} for key, row in after.items() if key not in before and row["previous"] not in before]
    rows += [{"change": "changed", **row} for key, row in after.items() if _is_changed(row, before.get(key) or before.get(row["previous"]))]
    rows += [{"change": "gone", **row} for key, row in before.items() if key not in after and key not in continued]
    return Draft(pa.Table.from_pylist(rows[:top], CHANGES.arrow_schema), {**_facts(reading, run), "since": earlier.run_id})


def _is_changed(row: dict[str, object], old: dict[str, object] | None) -> bool:
    if old is None:
        return False
    bookkeeping = ("finding_id", "revision", "previous", "incomplete")
    return any(row[name] != old[name] for name in row if name not in bookkeeping)
