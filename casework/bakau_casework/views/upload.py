"""A file on its way in: what it is, how its first rows would load, what would be rejected; and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bakau.money import format_minor
from bakau.times import format_us
from bakau_casework.view import Declaration, Draft, Shown, count, nested, text

if TYPE_CHECKING:
    from bakau_ingest.load import Loaded
    from bakau_ingest.preview.inspection import Checked, Inspection

_MARKING = text("", "").marking
_REASONS = nested("reasons", "rejected records per reason, most frequent first", {"code": pa.string(), "records": pa.int64()})

UPLOAD = Declaration(
    "upload",
    "A file that is not loaded yet: format, columns, open questions, the mapping, first rows as they would load. Nothing is stored.",
    "columns",
    (
        text("name", "the column, as the file calls it"),
        text("meaning", "what it was taken for; null when nobody knows"),
        text("holds", "what stands in it, in words"),
    ),
    (
        text("file", "the file's name"),
        text("format", "the reader that recognises it, or that the mapping names"),
        text("delimiter", "what stands between fields; null when it is no delimited text"),
        text("encoding", "how its characters are written; null when the file says so itself"),
        count("header_line", "line with the column names; null when the file has no such line"),
        nested("questions", "what only a person can say; no file is loaded while one is open", {"topic": pa.string(), "text": pa.string(), "options": pa.list_(pa.string())}),
        Shown("notes", pa.list_(pa.string()), "what else was seen", _MARKING),
        text("mapping", "the mapping, as YAML; null when the format has one of its own, or nothing can be drafted yet"),
        count("looked_at", "records that were read; null when none could be"),
        count("rejected", "of these that would be rejected; null as looked_at"),
        _REASONS,
        nested("sample", "the first rows as they would load; numbers, names and texts by their shape only", {"line": pa.int64(), "field": pa.string(), "value": pa.string()}),
    ),
)  # fmt: skip

LOADED = Declaration(
    "loaded",
    "What became of every record of one file: received = loaded + rejected + duplicates.",
    "batch",
    (
        text("batch_id", "the batch it became, or is already"),
        text("source_id", "the source it came from"),
        text("file", "the file's name"),
        count("received", "source records in the file"),
        count("accepted", "of these loaded"),
        count("rejected", "of these rejected"),
        count("duplicates", "of these known already"),
        count("rounded", "amounts that were rounded"),
        Shown("incomplete", pa.list_(pa.string()), "why it is not the whole of what its file promises; empty when it is", _MARKING),
    ),
    (_REASONS,),
    single=True,
)


def show_inspection(found: Inspection) -> Draft:
    """The draft of UPLOAD for a file nobody has described."""
    from bakau_ingest.preview.inspection import describe_columns

    columns = [{name: row[name] for name in ("name", "meaning", "holds")} for row in describe_columns(found)]
    facts = {
        "file": found.file,
        "format": found.format,
        "delimiter": found.form.delimiter,
        "encoding": found.form.encoding,
        "header_line": found.form.header_line,
        "questions": [{"topic": one.topic, "text": one.text, "options": list(one.options)} for one in found.questions],
        "notes": list(found.notes),
        "mapping": found.mapping or None,
    }
    return Draft(pa.Table.from_pylist(columns, UPLOAD.arrow_schema), facts | _show_checked(found.checked))


def show_check(file: str, reader: str, mapping: str | None, checked: Checked) -> Draft:
    """The draft of UPLOAD for a file that was read to its end with a mapping somebody wrote or corrected."""
    facts: dict[str, object] = {"file": file, "format": reader, "delimiter": None, "encoding": None, "header_line": None, "questions": [], "notes": []}  # fmt: skip
    return Draft(UPLOAD.arrow_schema.empty_table(), facts | {"mapping": mapping} | _show_checked(checked))


def _show_checked(checked: Checked | None) -> dict[str, object]:
    if checked is None:
        return {"looked_at": None, "rejected": None, "reasons": [], "sample": []}
    reasons = [{"code": code, "records": records} for code, records in checked.reasons.most_common()]
    sample = [{"line": row["record"], "field": name, "value": value} for row in checked.rows for name, value in _say(row).items()]
    return {"looked_at": checked.received, "rejected": checked.rejected, "reasons": reasons, "sample": sample}


def _say(row: dict[str, object]) -> dict[str, str]:
    """A row for people: times and amounts in words, whatever is not stated left out."""
    said: dict[str, str] = {}
    if (ts_us := row.get("ts_us")) is not None:
        said["time"] = format_us(cast("int", ts_us), time_known=bool(row.get("time_known", True)))
    if (minor := row.get("amount_minor")) is not None:
        said["amount"] = format_minor(cast("int", minor), str(row.get("currency") or "XXX"))
    taken = {"record", "ts_us", "time_known", "amount_minor"}
    return said | {name: str(value) for name, value in row.items() if name not in taken and value not in (None, "")}


def show_loaded(loaded: Loaded) -> Draft:
    """The draft of LOADED."""
    row = {
        "batch_id": loaded.batch_id,
        "source_id": loaded.source_id,
        "file": loaded.file,
        "received": loaded.received,
        "accepted": loaded.loaded,
        "rejected": loaded.rejected,
        "duplicates": loaded.duplicates,
        "rounded": loaded.rounded,
        "incomplete": list(loaded.incomplete),
    }
    reasons = [{"code": code, "records": records} for code, records in sorted(loaded.reasons.items(), key=lambda one: (-one[1], one[0]))]
    return Draft(pa.Table.from_pylist([row], LOADED.arrow_schema), {"reasons": reasons})
