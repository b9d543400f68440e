"""JSON documents: what they look like (schemas derived from the declarations), and the few that are no plain view.

A document is an interface. Its fields change only with a new number in its name; docs/cli.md and docs/schemas/ are written from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bakau_casework.views import batches, bulk, casefile, entities, explain, findings, networks, picture, state, transfers, walks

if TYPE_CHECKING:
    from bakau_casework.audit import Head
    from bakau_casework.view import Declaration, Shown, View

VIEWS: tuple[Declaration, ...] = (
    findings.FINDINGS, explain.EXPLANATION, entities.FIND, entities.ACCOUNT_VIEW, walks.NEIGHBOURS, walks.PATHS, batches.BATCHES,
    batches.REJECTS, bulk.SCORES, bulk.FINDING_ROWS, bulk.COMMUNITIES, bulk.TRANSFERS, casefile.CASES, casefile.CASE, casefile.AUDIT,
    networks.NETWORK, transfers.TRANSFERS_OF, state.SOURCES, state.RUNS, state.RULES, state.STATUS, picture.PICTURE,
)  # fmt: skip

HEAD_FIELDS = {
    "schema": "name and number of the document",
    "snapshot": "the facts it stands on: ledger version and the first digits of their hash",
    "purpose": "purpose it was asked for",
    "case": "case it was asked in, or null",
    "masked": "for every masked field the reason; its values are null",
}


def changes_document(view: View) -> dict[str, object]:
    """`bakau.findings-since/1`: the findings of a CHANGES view under new, changed and gone."""
    document = view.to_document()
    rows = cast("list[dict[str, object]]", document.pop("findings"))
    for change in ("new", "changed", "gone"):
        document[change] = [{name: value for name, value in row.items() if name != "change"} for row in rows if row["change"] == change]
    return document


def audit_head_document(head: Head) -> dict[str, object]:
    """`bakau.audit-head/1`: what to keep away from this machine."""
    return {"schema": "bakau.audit-head/1", "size": head.size, "root": head.root, "time_us": head.time_us}


def audit_verify_document(head: Head, faults: list[str], *, against: Head | None) -> dict[str, object]:
    """`bakau.audit-verify/1`: is the log sound, and does it continue a head kept elsewhere?"""
    document: dict[str, object] = {"schema": "bakau.audit-verify/1", "is_sound": not faults, "faults": faults}
    return {**document, "size": head.size, "root": head.root, "checked_against_size": None if against is None else against.size}


def export_document(view: View, what: str, form: str) -> dict[str, object]:
    """`bakau.export/1`: what was written."""
    head: dict[str, object] = {"schema": "bakau.export/1", "snapshot": view.snapshot, "purpose": view.purpose, "case": view.case}
    return {**head, "masked": dict(view.masked), "run": view.facts.get("run"), "what": what, "format": form, "rows": len(view.rows)}


def picture_document(view: View, file: str, sha256: str) -> dict[str, object]:
    """`bakau.picture-export/1`: what was drawn, and the hash of its content."""
    head: dict[str, object] = {"schema": "bakau.picture-export/1", "snapshot": view.snapshot, "purpose": view.purpose, "case": view.case}
    links = cast("list[object]", view.facts["links"])
    named = {"run": view.facts["run"], "finding_id": view.facts["finding_id"], "file": file}
    return {**head, "masked": dict(view.masked), **named, "accounts": len(view.rows), "links": len(links), "sha256": sha256}


# --- JSON Schemas --------------------------------------------------------------------------------------------------------------

_TEXT: dict[str, object] = {"type": "string"}
_COUNT: dict[str, object] = {"type": "integer"}
_MAYBE_TEXT: dict[str, object] = {"type": ["string", "null"]}
_FRAME: dict[str, dict[str, object]] = {
    "snapshot": _TEXT,
    "purpose": _TEXT,
    "case": _MAYBE_TEXT,
    "masked": {"type": "object", "additionalProperties": _TEXT},
}


def list_schemas() -> dict[str, dict[str, object]]:
    """JSON Schema (draft 2020-12) of every document of the Desk, by its name."""
    schemas = {declaration.schema: _schema_of_view(declaration) for declaration in VIEWS}
    schemas[findings.CHANGES.schema] = _schema_of_changes()
    schemas["bakau.audit-head/1"] = _object("bakau.audit-head/1", {"size": _COUNT, "root": _TEXT, "time_us": _COUNT})
    schemas["bakau.audit-verify/1"] = _object(
        "bakau.audit-verify/1",
        {
            "is_sound": {"type": "boolean"}, "faults": {"type": "array", "items": _TEXT}, "size": _COUNT, "root": _TEXT,
            "checked_against_size": {"type": ["integer", "null"]},
        },
    )  # fmt: skip
    schemas["bakau.export/1"] = _object("bakau.export/1", {**_FRAME, "run": _MAYBE_TEXT, "what": _TEXT, "format": _TEXT, "rows": _COUNT})
    schemas["bakau.picture-export/1"] = _object(
        "bakau.picture-export/1",
        {**_FRAME, "run": _TEXT, "finding_id": _TEXT, "file": _TEXT, "accounts": _COUNT, "links": _COUNT, "sha256": _TEXT},
    )
    return schemas


def _object(name: str, properties: dict[str, dict[str, object]]) -> dict[str, object]:
    full: dict[str, dict[str, object]] = {"schema": {"const": name}, **properties}
    frame: dict[str, object] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, "type": "object"}
    return {**frame, "properties": full, "required": list(full), "additionalProperties": False}


def _schema_of_view(declaration: Declaration) -> dict[str, object]:
    row = _record(declaration.columns)
    rows: dict[str, object] = {"anyOf": [row, {"type": "null"}]} if declaration.single else {"type": "array", "items": row}
    facts: dict[str, dict[str, object]] = {fact.name: {"description": fact.meaning, **_of_type(fact.type)} for fact in declaration.facts}
    return {**_object(declaration.schema, {**_FRAME, **facts, declaration.rows_name: rows}), "description": declaration.meaning}


def _schema_of_changes() -> dict[str, object]:
    facts = {fact.name: {"description": fact.meaning, **_of_type(fact.type)} for fact in findings.CHANGES.facts}
    rows: dict[str, object] = {"type": "array", "items": _record(findings.COLUMNS)}
    properties: dict[str, dict[str, object]] = {**_FRAME, **facts, "new": rows, "changed": rows, "gone": rows}
    return {**_object(findings.CHANGES.schema, properties), "description": findings.CHANGES.meaning}


def _record(columns: tuple[Shown, ...]) -> dict[str, object]:
    properties = {column.name: {"description": column.meaning, **_of_type(column.type)} for column in columns}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _of_type(kind: pa.DataType) -> dict[str, object]:
    if pa.types.is_list(kind):
        return {"type": ["array", "null"], "items": _of_type(kind.value_type)}
    if pa.types.is_struct(kind):
        properties = {field.name: _of_type(field.type) for field in kind}
        return {"type": ["object", "null"], "properties": properties, "required": list(properties), "additionalProperties": False}
    if pa.types.is_boolean(kind):
        return {"type": ["boolean", "null"]}
    if pa.types.is_integer(kind):
        return {"type": ["integer", "null"]}
    return {"type": ["string", "null"]}
