"""Suspect accounts and networks of a run, still happening first, then worst; and what changed since an earlier run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import InputError, NotFoundError
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_casework.reading import Reading
    from bakau_graph.archive import Run

SUBJECT_FIELDS = {"id": pa.string(), "role": pa.string(), "role_basis": pa.string(), "age_state": pa.string(), "points": pa.int64()}
REASON_FIELDS = {
    "name": pa.string(), "version": pa.string(), "points": pa.int64(), "observed": pa.string(), "threshold": pa.string(), "source": pa.string(),
    "runbook": pa.string(), "evidence_count": pa.int64(), "not_evaluable": pa.string(),
}  # fmt: skip

URGENCY_FIELDS = {"name": pa.string(), "observed": pa.string()}
#: What the queue may be ordered by: what is still happening, then the score; or the score alone, as `bakau evaluate` reads it.
ORDERS = ("urgency", "score")
#: How many first findings are looked at for ties.
TIES_AMONG = 100

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
    Shown(
        "review_ids",
        pa.list_(pa.string()),
        "accounts of unknown age in it that show a sign of danger: in review, may need protection; no subject, no points",
        text("", "").marking,
        holds_ids=True,
    ),
    text("first_ts", "first transfer of the evidence, ISO 8601 in UTC"),
    text("last_ts", "last transfer of the evidence"),
    count("score", "sum of the points of its reasons"),
    count(
        "score_low",
        "the least it could be: every rule that could not be looked at as a miss (a benign one as a hit); null for a run made before bounds were kept",
    ),
    count(
        "score_high",
        "the most it could be: every such rule as a hit with all it may add (a benign one as a miss); null for a run made before bounds were kept",
    ),
    Shown(
        "open_rules",
        pa.list_(pa.string()),
        "the rules (or the model) that make the two differ, the one that may move it most first",
        text("", "").marking,
    ),
    nested("urgency", "why it may still be happening, as the queue orders; adds no points", URGENCY_FIELDS),
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
    "Suspect accounts and networks of the newest run: still happening first, then by score.",
    "findings",
    COLUMNS,
    (
        text("run", "the run they come from"),
        text(
            "order",
            "urgency: first what was paid in the last 30 days of the data, then by score, then paid in the last 7 days, then by the number of urgency reasons; or score",
        ),
        Shown(
            "tie_share_ppm",
            pa.int64(),
            "of the first 100 findings, those that share their place with another but for the id",
            text("", "").marking,
            unit="parts per million",
        ),
        count("total", "findings of the run, before --top and --kind"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
    ),
)

CHANGES = Declaration(
    "findings-since",
    "What changed since an earlier run: each finding with its change.",
    "findings",
    (text("change", "new, changed or gone"), *COLUMNS),
    (*(fact for fact in FINDINGS.facts if fact.name not in ("order", "tie_share_ppm")), text("since", "the earlier run")),
)

_ASSEMBLE = """
WITH recent AS (
    SELECT finding_id, sum(payments_7d) AS n7, sum(payments_30d) AS n30, sum(payments_before) AS before, sum(new_receivers) AS fresh,
           sum(tickets) AS tickets, count(*) FILTER (WHERE is_reachable) AS reachable
    FROM finding_recent GROUP BY finding_id
),
urgent AS (
    SELECT finding_id, list_filter([
        CASE WHEN n7 > 0 THEN {'name': 'paid_last_7_days', 'observed': format('{} payments in the last 7 days of the data', CAST(n7 AS BIGINT))} END,
        CASE WHEN n30 > 0 THEN {'name': 'paid_last_30_days', 'observed': format('{} payments in the last 30 days of the data', CAST(n30 AS BIGINT))} END,
        CASE WHEN n30 >= 5 AND n30 * 2 >= before * 3 AND before > 0 THEN {'name': 'rising_cadence',
            'observed': format('{} payments in the last 30 days, {} in the 30 before', CAST(n30 AS BIGINT), CAST(before AS BIGINT))} END,
        CASE WHEN fresh > 0 THEN {'name': 'new_receivers', 'observed': format('{} accounts first paid in the last 30 days', CAST(fresh AS BIGINT))} END,
        CASE WHEN tickets > 0 THEN {'name': 'travel_after_payments', 'observed': format('{} tickets bought within 90 days of payments', CAST(tickets AS BIGINT))} END,
        CASE WHEN reachable > 0 THEN {'name': 'reachable_institution', 'observed': format('{} open accounts at a known institution', reachable)} END
    ], lambda one: one IS NOT NULL) AS urgency, n7 > 0 AS now, n30 > 0 AS lately
    FROM recent
),
placed AS (
    SELECT f.*, coalesce(u.urgency, []) AS urgency,
           $order = 'urgency' AND coalesce(lately, false) AS is_recent,
           CASE WHEN $order = 'urgency' THEN coalesce(CAST(now AS INTEGER) * 10 + len(u.urgency), 0) ELSE 0 END AS tie
    FROM finding f LEFT JOIN urgent u USING (finding_id)
),
picked AS (
    SELECT * FROM placed WHERE ($kind IS NULL OR kind = $kind) AND ($one IS NULL OR finding_id = $one)
    ORDER BY is_recent DESC, score DESC, tie DESC, finding_id LIMIT $top
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
review AS (
    SELECT finding_id, list(account_id ORDER BY account_id) AS review_ids
    FROM finding_review c SEMI JOIN picked p USING (finding_id) JOIN who w USING (account_key) GROUP BY finding_id
),
width AS (
    SELECT finding_id, name, CAST(sum(points_low) AS BIGINT) AS low, CAST(sum(points_high) AS BIGINT) AS high
    FROM finding_bound SEMI JOIN picked USING (finding_id) GROUP BY finding_id, name
),
bound AS (
    SELECT finding_id, CAST(sum(low) AS BIGINT) AS score_low, CAST(sum(high) AS BIGINT) AS score_high,
           list(name ORDER BY high - low DESC, name) FILTER (WHERE low < high) AS open_rules
    FROM width GROUP BY finding_id
),
reason AS (
    SELECT finding_id, list({'name': name, 'version': version, 'points': points, 'observed': observed, 'threshold': threshold, 'source': source,
        'runbook': runbook, 'evidence_count': evidence_count, 'not_evaluable': coalesce(not_evaluable, '')}
        ORDER BY points DESC, name, account_key) AS reasons
    FROM finding_reason r SEMI JOIN picked p USING (finding_id) GROUP BY finding_id
)
SELECT p.finding_id, p.revision, p.previous, p.kind, coalesce(s.subjects, []) AS subjects, coalesce(c.context_ids, []) AS context_ids,
       p.protected_count, coalesce(v.review_ids, []) AS review_ids, iso(p.first_us) AS first_ts, iso(p.last_us) AS last_ts, p.score, b.score_low, b.score_high,
       coalesce(b.open_rules, []) AS open_rules, p.urgency, coalesce(r.reasons, []) AS reasons,
       coalesce(i.batches, []) AS incomplete
FROM picked p LEFT JOIN subject s USING (finding_id) LEFT JOIN context c USING (finding_id) LEFT JOIN review v USING (finding_id) LEFT JOIN reason r USING (finding_id) LEFT JOIN rests_on i USING (finding_id) LEFT JOIN bound b USING (finding_id)
ORDER BY p.is_recent DESC, p.score DESC, p.tie DESC, p.finding_id
"""

#: Findings whose evidence stands in a batch of `incomplete_batch`.
_RESTS_ON = """
SELECT finding_id, list(DISTINCT batch_id ORDER BY batch_id) AS batches
FROM (SELECT finding_id, transfer_id FROM evidence WHERE $one IS NULL OR finding_id = $one) e
JOIN (SELECT transfer_id, batch_id FROM transfer SEMI JOIN incomplete_batch USING (batch_id)) t USING (transfer_id) GROUP BY finding_id
"""
_NOTHING = pa.table({"finding_id": pa.array([], pa.string()), "batches": pa.array([], pa.list_(pa.string()))})

_FINDING_TABLES = ("finding", "finding_subject", "finding_context", "finding_review", "finding_reason", "finding_recent", "finding_bound")


def get_run(reading: Reading, run_id: str | None = None) -> Run:
    """A run by id or unique prefix, the newest by default; NotFoundError when nothing was analysed."""
    run = reading.snapshot.latest_run() if run_id is None else reading.snapshot.get_run(run_id)
    if run is None:
        raise NotFoundError("nothing was analysed yet", hint="bakau analyse")
    return run


def assemble(
    reading: Reading, run: Run, *, top: int | None = None, kind: str | None = None, one: str | None = None, order: str = "urgency"
) -> pa.Table:
    """Findings of a run as COLUMNS, in the order of the queue. All of them are put together once a snapshot, which every session asks for."""
    if (top, kind, one) == (None, None, None):
        return reading.keep((run.run_id, "assembled", order), lambda: _assemble(reading, run, top=None, kind=None, one=None, order=order))
    return _assemble(reading, run, top=top, kind=kind, one=one, order=order)


def _assemble(reading: Reading, run: Run, *, top: int | None, kind: str | None, one: str | None, order: str) -> pa.Table:
    reading.use_run(run.run_id, *_FINDING_TABLES)
    asked: dict[str, object] = {"kind": kind, "one": one, "top": 2**62 if top is None else top, "order": order}
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


def list_findings(reading: Reading, *, top: int | None, kind: str | None, order: str = "urgency") -> Draft:
    """The newest run's findings in that order of ORDERS. InputError for another."""
    if order not in ORDERS:
        raise InputError("no such order of findings", hint=f"one of: {', '.join(ORDERS)}")
    run = get_run(reading)
    rows = assemble(reading, run, top=top, kind=kind, order=order)
    return Draft(rows, {**_facts(reading, run), "order": order, "tie_share_ppm": count_ties(rows, order)})


def count_ties(rows: pa.Table, order: str) -> int:
    """Of the first findings (TIES_AMONG at most), the share whose urgency and score are those of another of them, in parts per million."""
    first = rows.slice(0, TIES_AMONG).select(["urgency", "score"]).to_pylist()
    names = [tuple(one["name"] for one in row["urgency"]) for row in first]
    places = [(_class_of(name) if order == "urgency" else (), row["score"]) for name, row in zip(names, first, strict=True)]
    counts = Counter(places)
    return sum(counts[place] > 1 for place in places) * 1_000_000 // len(places) if places else 0


def _class_of(names: Sequence[str]) -> tuple[bool, bool, int]:
    return "paid_last_7_days" in names, "paid_last_30_days" in names, len(names)


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
    bookkeeping = ("finding_id", "revision", "previous", "incomplete", "urgency", "score_low", "score_high", "open_rules")
    return any(row[name] != old[name] for name in row if name not in bookkeeping)
