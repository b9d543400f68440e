"""One finding in sentences, and its evidence down to file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bakau.model import TRANSFER
from bakau.times import format_us
from bakau_analytics.indicators.exclusions import describe
from bakau_analytics.indicators.load import COMMON, load_shipped
from bakau_casework.directory import pick_by_prefix
from bakau_casework.purpose import Reveals
from bakau_casework.rules.register import find_packs
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, flag, nested, text
from bakau_casework.views.asks import ASK_FIELDS, list_asks
from bakau_casework.views.findings import COLUMNS, REASON_FIELDS, assemble, get_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakau_analytics.indicators.pack import PackSet
    from bakau_casework.reading import Clear, Reading

#: Open rules that a sentence names; the document has all.
MOST_OPEN_NAMED = 5

EVIDENCE_FIELDS = {
    "reasons": pa.list_(pa.string()), "time": pa.string(), "src_id": pa.string(), "dst_id": pa.string(), "amount_minor": pa.int64(),
    "currency": pa.string(), "channel": pa.string(), "batch_id": pa.string(), "file": pa.string(), "line": pa.int64(),
    "also_in": pa.list_(pa.string()),
}  # fmt: skip

#: Other files that tell of the same payment; in a query whose rows are `row_of`, with `file_of` beside.
ALSO_IN = Shown(
    "also_in",
    pa.list_(pa.string()),
    "files and lines that tell of the same payment, and how it was known for the same",
    text("", "").marking,
)
ALSO_OF = """
also_of AS (
    SELECT s.payment_id AS transfer_id, list(
        concat(f.file_name, ', line ', t.record, ' (same ', CASE s.matched_by WHEN 'uetr' THEN 'UETR' ELSE 'end-to-end id' END, ')') ORDER BY s.place
    ) AS also_in
    FROM same_payment s SEMI JOIN row_of r ON r.transfer_id = s.payment_id JOIN stated_transfer t ON t.transfer_id = s.transfer_id
    LEFT JOIN file_of f USING (batch_id) WHERE s.place > 0 GROUP BY s.payment_id
)
"""

EXPLANATION = Declaration(
    "explain",
    "One finding in sentences, with the transfers it rests on.",
    "evidence",
    (
        Shown("reasons", pa.list_(pa.string()), "names of the reasons this transfer is evidence for", text("", "").marking),
        text("time", "when, ISO 8601 in UTC; the date alone when the time of day is not known"),
        account_id("src_id", "payer; null for a protected account"),
        account_id("dst_id", "payee; null for a protected account"),
        Shown.of(TRANSFER["amount_minor"]),
        Shown.of(TRANSFER["currency"]),
        Shown.of(TRANSFER["channel"]),
        text("batch_id", "the batch that brought it"),
        text("file", "the file of that batch"),
        count("line", "line of the record in that file"),
        ALSO_IN,
        Shown.of(TRANSFER["reference"], reveals=Reveals.NUMBER),
        Shown.of(TRANSFER["purpose"], reveals=Reveals.TEXT),
    ),
    (
        text("run", "the run it comes from"),
        flag("is_stale", "facts or marks changed since the run: analyse again"),
        Shown("finding", pa.struct([pa.field(column.name, column.type) for column in COLUMNS]), "the finding as in bakau.findings/1", text("", "").marking, holds_ids=True),
        nested("asks", "requests for records that would make the score surer, most per record first; none when nothing is open", ASK_FIELDS),
        Shown("sentences", pa.list_(pa.string()), "the finding in plain words", text("", "").marking),
        count("evidence_total", "transfers it rests on; the list is cut at --limit"),
        count("evidence_left_out", "of these not listed"),
    ),
)  # fmt: skip

_EVIDENCE = f"""
WITH proof AS (
    SELECT transfer_id, list_sort(list(DISTINCT indicator)) AS reasons FROM evidence WHERE finding_id = $one GROUP BY transfer_id
),
row_of AS (SELECT t.*, p.reasons FROM transfer t JOIN proof p USING (transfer_id) ORDER BY t.ts_us, t.transfer_id LIMIT $limit),
{ALSO_OF}
SELECT t.transfer_id, t.reasons, iso(t.ts_us, known := t.time_known) AS time, s.account_id AS src_id, d.account_id AS dst_id,
       t.amount_minor, t.currency, t.channel, t.batch_id, f.file_name AS file, t.record AS line, coalesce(o.also_in, []) AS also_in
FROM row_of t
LEFT JOIN (SELECT * FROM who ANTI JOIN protected_account USING (account_key)) s ON s.account_key = t.src_key
LEFT JOIN (SELECT * FROM who ANTI JOIN protected_account USING (account_key)) d ON d.account_key = t.dst_key
LEFT JOIN file_of f USING (batch_id) LEFT JOIN also_of o ON o.transfer_id = t.transfer_id
ORDER BY t.ts_us, t.transfer_id
"""
_EVIDENCE_TOTAL = "SELECT count(DISTINCT transfer_id) AS n FROM evidence WHERE finding_id = $one"


def explain_finding(reading: Reading, clear: Clear, finding_id: str, *, limit: int) -> Draft:
    """The draft of EXPLANATION for a finding of the newest run, by id or unique prefix."""
    run = get_run(reading)
    known = reading.snapshot.derived("finding", run.run_id)["finding_id"].to_pylist()
    one = pick_by_prefix(finding_id, known, what="finding", hint="bakau findings")
    (finding,) = assemble(reading, run, one=one).to_pylist()
    reading.use_run(run.run_id, "evidence")
    rows = reading.query(_EVIDENCE, {"one": one, "limit": limit}, file_of=file_table(reading))
    total = int(reading.query(_EVIDENCE_TOTAL, {"one": one})["n"][0].as_py())
    ids = rows["transfer_id"].combine_chunks().cast(TRANSFER["transfer_id"].type)
    rows = rows.drop_columns(["transfer_id"])
    reference = clear.values("transfer", "reference", ids, allowed=Reveals.NUMBER in clear.terms.unmasks)
    purpose = clear.values("transfer", "purpose", ids, allowed=Reveals.TEXT in clear.terms.unmasks)
    rows = rows.append_column("reference", _unless_protected(reference, rows)).append_column("purpose", _unless_protected(purpose, rows))
    packs = find_packs(reading, run.packs)
    sentences = [*_sentences(finding, benign=_benign_of(finding, packs)), *_left_out(finding, packs)]
    sentences += _incomplete(reading, cast("list[str]", finding["incomplete"]))
    made = f"Stands on snapshot {reading.label}, run {run.run_id} of {format_us(run.created_us)}."
    is_stale = run.fact_digest != reading.snapshot.digest
    stale = ["Facts or marks changed since that run: run `bakau analyse` again before relying on it."] if is_stale else []
    return Draft(
        rows,
        {
            "run": run.run_id, "is_stale": is_stale, "finding": finding, "asks": list_asks(reading, run, one), "sentences": [*sentences, made, *stale], "evidence_total": total,
            "evidence_left_out": total - len(rows),
        },
        asked=(one,),
    )  # fmt: skip


def _incomplete(reading: Reading, batches: Sequence[str]) -> Iterator[str]:
    """A sentence per batch of the evidence that is not the whole of what its file promises."""
    for batch in reading.snapshot.batches():
        if batch.batch_id in batches:
            more = f" (and {len(batch.incomplete) - 1} more)" if len(batch.incomplete) > 1 else ""
            yield f"Rests on batch {batch.batch_id}, which is incomplete: {batch.incomplete[0]}{more}; see `bakau batches`."


def file_table(reading: Reading) -> pa.Table:
    """(batch_id, file_name) of the visible batches."""
    batches = reading.snapshot.batches()
    return pa.table(
        {
            "batch_id": pa.array([b.batch_id for b in batches], pa.string()),
            "file_name": pa.array([b.file_name for b in batches], pa.string()),
        }
    )


def _unless_protected(values: pa.Array, rows: pa.Table) -> pa.Array:
    """Clear values, but none on a transfer one of whose ends is protected: a text may name the child."""
    import pyarrow.compute as pc

    both = pc.and_(pc.is_valid(rows["src_id"]), pc.is_valid(rows["dst_id"])).combine_chunks()
    return pc.if_else(both, values, pa.scalar(None, values.type))


def _sentences(finding: dict[str, object], *, benign: Sequence[str]) -> Iterator[str]:
    subjects = _list(finding["subjects"])
    reasons = _list(finding["reasons"])
    what = "An account" if finding["kind"] == "account" else f"A network of {len(subjects)} accounts"
    yield f"{what} with {finding['score']} points from {len(reasons)} reasons; evidence from {finding['first_ts'] or 'unknown'} to {finding['last_ts'] or 'unknown'}."
    if finding["open_rules"]:
        yield f"The score could be {finding['score_low']} to {finding['score_high']} if everything were known: {say_open(cast('list[str]', finding['open_rules']))} could not be looked at everywhere."
    unknown = sum(subject["age_state"] == "age_unknown" for subject in subjects)
    if unknown:
        whom = "The subject's age is" if len(subjects) == 1 else f"The age of {unknown} of {len(subjects)} subjects is"
        yield f"{whom} not known: establish before naming."
    if finding["protected_count"]:
        yield f"{finding['protected_count']} protected accounts belong to it: counted only, never named; think of referral before anything else."
    if finding["review_ids"]:
        yield f"{len(_list(finding['review_ids']))} accounts of unknown age show a sign of danger: in review, may need protection; no subjects, no points."
    if finding["context_ids"]:
        yield f"{len(_list(finding['context_ids']))} further accounts are context and accused of nothing."
    for group in _by_name(reasons):
        yield from _sentences_of_reason(group)
    against = [reason for reason in reasons if int(str(reason["points"])) < 0]
    yield (
        "Speaks against it: "
        + ("; ".join(f"{reason['name']} ({reason['observed']})" for reason in against) if against else "nothing that was looked at")
        + "."
    )
    if benign:
        yield "Benign explanations to rule out: " + "; ".join(benign) + "."


def say_open(names: list[str]) -> str:
    """The rules that make the bounds of a score differ, the first few by name."""
    more = len(names) - MOST_OPEN_NAMED
    return ", ".join(names[:MOST_OPEN_NAMED]) + (f" and {more} more" if more > 0 else "")


def _by_name(reasons: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    groups: dict[object, list[dict[str, object]]] = {}
    for reason in reasons:
        groups.setdefault((reason["name"], reason["version"]), []).append(reason)
    return list(groups.values())


def _sentences_of_reason(group: list[dict[str, object]]) -> Iterator[str]:
    first = group[0]
    hits = [reason for reason in group if reason["observed"]]
    if hits:
        points = sum(int(str(reason["points"])) for reason in hits)
        evidence = sum(int(str(reason["evidence_count"] or 0)) for reason in hits)
        times = f", {len(hits)} times, strongest" if len(hits) > 1 else ""
        words = f"{first['name']} (version {first['version']}{times}): observed {hits[0]['observed']}"
        if hits[0]["threshold"]:
            words += f"; expected {hits[0]['threshold']}"
        words += f". {points:+d} points, {evidence} transfers of evidence."
        if hits[0]["source"]:
            words += f" Source: {hits[0]['source']}."
        if hits[0]["runbook"]:
            words += f" Next: {hits[0]['runbook']}"
        yield words.strip()
    missing = sorted({str(reason["not_evaluable"]) for reason in group if reason["not_evaluable"]})
    if missing:
        yield f"{first['name']} could not be looked at everywhere: {'; '.join(missing)}."


def _left_out(finding: dict[str, object], packs: PackSet | None) -> Iterator[str]:
    """What the rules that speak left out by themselves, as the run's packs word it; nothing when those are not known (any more)."""
    hits = {reason["name"] for reason in _list(finding["reasons"]) if reason["observed"]}
    named: dict[str, list[str]] = {}
    for rule in packs.rules if packs else ():
        if rule.exclusions and rule.id in hits:
            named.setdefault(describe(rule.exclusions), []).append(rule.id)
    for words, names in named.items():
        yield f"Not counted by {', '.join(names)}: {words}."


def _benign_of(finding: dict[str, object], packs: PackSet | None) -> list[str]:
    """What else could look like this, as the run's packs word it; as the common one words the same rules when those are not known (any more)."""
    worded = packs or load_shipped(COMMON)
    hits = {reason["name"] for reason in _list(finding["reasons"]) if reason["observed"]}
    return sorted({words for rule in worded.rules if rule.id in hits for words in rule.benign})


def _list(value: object) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", value)


__all__ = ["ALSO_IN", "ALSO_OF", "EVIDENCE_FIELDS", "EXPLANATION", "REASON_FIELDS", "explain_finding", "file_table"]
