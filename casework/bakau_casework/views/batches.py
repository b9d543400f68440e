"""What was loaded, and what of it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.model import REJECT
from bakau.times import format_us
from bakau_casework.directory import pick_by_prefix
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text

if TYPE_CHECKING:
    from bakau_casework.reading import Reading
    from bakau_graph.archive import Batch

BATCHES = Declaration(
    "batches",
    "Every batch ever loaded, in order, the withdrawn ones marked so.",
    "batches",
    (
        text("batch_id", "the batch"),
        text("source_id", "the source it came from"),
        text("file", "the file's name; (sealed) when the vault key is not there"),
        text("file_sha256", "hash of the file's bytes"),
        text("reader", "reader and its version"),
        text("mapping_hash", "hash of the mapping"),
        text("loaded", "when, ISO 8601 in UTC"),
        text("loaded_by", "who loaded it"),
        count("received", "source records in the file"),
        count("accepted", "of these loaded"),
        count("rejected", "of these rejected"),
        count("duplicates", "of these known already"),
        count("conflicts", "of the rejected: same identity, other content"),
        count("rounded", "amounts that were rounded"),
        nested("rows", "stored rows per table", {"table": pa.string(), "rows": pa.int64()}),
        flag("is_withdrawn", "taken out of the current view"),
        text("withdrawn_reason", "why; null while it stands"),
        Shown(
            "incomplete",
            pa.list_(pa.string()),
            "why it is not the whole of what its file promises (balances, sums, missing numbers); empty when it is",
            text("", "").marking,
        ),
    ),
)

REJECTS = Declaration(
    "rejects",
    "The records of a batch that were rejected: where and why, with the value's shape and never the value.",
    "rejects",
    (
        count("line", "line of the record in the file"),
        Shown.of(REJECT["table"]),
        Shown.of(REJECT["column"]),
        Shown.of(REJECT["code"]),
        Shown.of(REJECT["reason"]),
        Shown.of(REJECT["shape"]),
    ),
    (
        text("batch_id", "the batch"),
        text("file", "its file"),
        count("received", "source records in the file"),
        count("rejected", "of these rejected (a record with several faults has several rows)"),
        nested("codes", "rows per reason code", {"code": pa.string(), "rows": pa.int64()}),
        count("left_out", "rows beyond --limit"),
    ),
)  # fmt: skip


def list_batches(reading: Reading, batches: list[Batch]) -> Draft:
    """The draft of BATCHES; `batches` as the archive lists them, the withdrawn ones included."""
    del reading
    return Draft(pa.Table.from_pylist([_row(batch) for batch in batches], BATCHES.arrow_schema))


def _row(batch: Batch) -> dict[str, object]:
    report = batch.report
    return {
        "batch_id": batch.batch_id,
        "source_id": batch.source_id,
        "file": batch.file_name,
        "file_sha256": batch.identity.file_sha256,
        "reader": batch.identity.reader,
        "mapping_hash": batch.identity.mapping_hash,
        "loaded": format_us(batch.loaded_us),
        "loaded_by": batch.loaded_by,
        "received": report.received,
        "accepted": report.loaded,
        "rejected": report.rejected,
        "duplicates": report.duplicates,
        "conflicts": report.conflicts,
        "rounded": report.rounded,
        "rows": [{"table": table, "rows": rows} for table, rows in sorted(report.rows.items())],
        "is_withdrawn": batch.withdrawn,
        "withdrawn_reason": batch.withdrawn_reason,
        "incomplete": list(batch.incomplete),
    }


def list_rejects(reading: Reading, batch_id: str, *, limit: int | None) -> Draft:
    """The draft of REJECTS for a visible batch, by id or unique prefix."""
    known = [batch.batch_id for batch in reading.snapshot.batches()]
    batch = reading.snapshot.get_batch(pick_by_prefix(batch_id, known, what="batch", hint="bakau batches"))
    rows = reading.snapshot.rejects(batch.batch_id)
    codes = (
        rows.group_by("code", use_threads=False)
        .aggregate([([], "count_all")])
        .sort_by([("count_all", "descending"), ("code", "ascending")])
    )
    facts = {
        "batch_id": batch.batch_id,
        "file": batch.file_name,
        "received": batch.report.received,
        "rejected": batch.report.rejected,
        "codes": [{"code": row["code"], "rows": row["count_all"]} for row in codes.to_pylist()],
        "left_out": 0 if limit is None else max(0, len(rows) - limit),
    }
    shown = rows.slice(0, limit).select(["record", "table", "column", "code", "reason", "shape"])
    return Draft(shown.rename_columns(["line", *shown.schema.names[1:]]), facts)
