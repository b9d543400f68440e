"""A file inspected: format, columns, questions, the drafted mapping, the first rows as they would load, and what would be rejected."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import yaml

from bakau.ids import KEY_BYTES, SurrogateKey
from bakau.logs import shape_of
from bakau_graph.archive.statements import find_gaps
from bakau_ingest.convert import Converter
from bakau_ingest.load import form_of, name_series
from bakau_ingest.mapping import mapping_of_reader, parse_mapping
from bakau_ingest.preview.columns import Column, Question, assign
from bakau_ingest.preview.draft import describe_held, draft_mapping, to_document
from bakau_ingest.preview.sample import RECORDS, take_sample, without_totals
from bakau_ingest.reader import Form, choose_reader, statements_of
from bakau_ingest.surrogates import SurrogateBook

if TYPE_CHECKING:
    from collections.abc import Mapping as Answers
    from pathlib import Path

    from bakau.ids import Realm
    from bakau_ingest.mapping import FileMapping, Rows
    from bakau_ingest.reader import Chunk, OpenFile

#: Rows shown, and fields of them shown as they are; every other value is shown by its shape.
SHOWN = 10
#: Whose statements the file at hand brings.
SEEN = "this file"
_PLAIN = (
    "ts_us",
    "time_known",
    "local_hour",
    "amount_minor",
    "currency",
    "channel",
    "status",
    "src_country",
    "dst_country",
    "kind",
    "country",
    "kyc_level",
    "role",
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of a file. `mapping` is empty while nothing can be drafted; with open questions it is a draft only."""

    file: str
    format: str
    form: Form
    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    notes: tuple[str, ...]
    mapping: str
    checked: Checked | None


@dataclass(slots=True)
class Checked:
    """What would become of records: counts, reasons, sums of payments in minor units, and the first rows as they would load."""

    received: int = 0
    rejected: int = 0
    rounded: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    incomplete: tuple[str, ...] = ()
    #: Statements in it; one may hold no movement at all.
    statements: int = 0
    rows: list[dict[str, object]] = field(default_factory=list)
    places: list[dict[str, object]] = field(default_factory=list)


def inspect_file(path: Path, answers: Answers[str, str], *, encoding: str | None = None, sheet: str | None = None) -> Inspection:
    """Look at a file and draft a mapping. FileError when it is content, damaged or no table."""
    sample = take_sample(path, encoding=encoding, sheet=sheet)
    own = mapping_of_reader(sample.reader)
    if own is not None:
        notes = (f"the format has a mapping of its own: bakau ingest {path.name} needs none",)
        checked = check_records(path, own.files[0], limit=RECORDS)
        return Inspection(path.name, sample.reader, sample.form, (), (), notes, "", checked)
    columns = assign(sample.header, without_totals(sample))
    draft = draft_mapping(sample, columns, answers)
    text, checked_rows = "", None
    if draft.rows and all(question.may_be_answered for question in draft.questions):
        document = to_document(sample, draft, "drafted")
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
        checked_rows = check_records(path, parse_mapping("drafted.yaml", text).files[0], limit=RECORDS)
    notes = (*draft.notes, *(() if sample.whole else (f"only the first {RECORDS:,} records were looked at",)))
    return Inspection(path.name, sample.reader, sample.form, tuple(columns), tuple(draft.questions), notes, text, checked_rows)


def check_records(path: Path, file: FileMapping, *, limit: int | None = None, encoding: str | None = None) -> Checked:
    """Read and convert as a load would, with a key that is thrown away; nothing is stored. Raises what reading raises."""
    opened = choose_reader(path, file.reader).open(path, form_of(file, encoding))
    return check_opened(opened, file, limit=limit)


def check_opened(opened: OpenFile, file: FileMapping, *, limit: int | None = None) -> Checked:
    """The same for a file that was opened."""
    key = SurrogateKey(os.urandom(KEY_BYTES))
    book = SurrogateBook(key, "inspected", _never)
    converter = Converter(file, book, now_us=time.time_ns() // 1000)
    checked = Checked()
    for chunk in opened.read_chunks(file.columns(), set()):
        result = converter.convert(chunk)
        checked.received += result.received
        checked.rejected += result.rejected
        checked.rounded += result.rounded
        if result.rejects is not None:
            checked.reasons.update(result.rejects["code"].to_pylist())
            checked.places += result.rejects.slice(0, SHOWN - len(checked.places)).to_pylist() if len(checked.places) < SHOWN else []
        for made in result.made:
            if made.table == "transfer" and "amount_minor" in made.rows.column_names:
                _add_up(made.rows, checked.sums)
        if len(checked.rows) < SHOWN:
            for made in result.made:
                if made.records and made.spec is not None and len(made.rows):
                    checked.rows += _show(made.rows.slice(0, SHOWN - len(checked.rows)), result.chunk, made.spec)
        if limit is not None and checked.received >= limit:
            break
    seen = statements_of(opened)
    checked.statements = len(seen)
    alone = [(SEEN, one) for one in name_series(key, "inspected", seen)]
    checked.incomplete = opened.incomplete + find_gaps(alone).get(SEEN, ())
    return checked


def _add_up(rows: pa.Table, sums: Counter[str]) -> None:
    """Add the amounts of payments to the sums of their currencies."""
    found = rows.select(["currency", "amount_minor"])
    plain = found.set_column(0, "currency", found["currency"].cast(pa.string()))
    for row in plain.group_by("currency").aggregate([("amount_minor", "sum")]).to_pylist():
        sums[row["currency"]] += row["amount_minor_sum"] or 0


def _never(realm: Realm, ids: pa.Array, keys: pa.Array) -> pa.BooleanArray:  # noqa: ARG001 - no store, no collision
    return pa.array([False] * len(ids), pa.bool_())


def _show(rows: pa.Table, chunk: Chunk, spec: Rows) -> list[dict[str, object]]:
    """Rows for a person: times, amounts and codes as they would be stored; numbers, names and texts by their shape."""
    plain = [name for name in _PLAIN if name in rows.column_names]
    found: list[dict[str, object]] = rows.select(["record", *plain]).to_pylist()
    spots = {int(line): spot for spot, line in enumerate(chunk.lines[: SHOWN * 100].tolist())}
    for row in found:
        spot = spots.get(cast("int", row["record"]))
        for name, cell in spec.fields.items():
            if cell.column is not None and name not in row and f"{name}_us" not in row and f"{name}_minor" not in row and spot is not None:
                (value,) = chunk.columns[cell.column].take(pa.array([spot], pa.int64()).to_numpy())
                row[name] = shape_of(value)
    return found


def describe_columns(inspection: Inspection) -> list[dict[str, object]]:
    """Columns as the document says them."""
    return [
        {"name": column.name, "meaning": column.concept or None, "why": column.why or None, "holds": describe_held(column.held)}
        for column in inspection.columns
    ]
