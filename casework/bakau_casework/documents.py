"""JSON documents: all of them in one list, those of the views derived from their declarations, and the few that are no plain view.

A document is an interface. Its fields change only with a new number in its name; docs/cli.md and docs/schemas/ are written from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyarrow as pa

import bakau_analytics.documents
import bakau_graph.documents
import bakau_ingest.documents
from bakau.document import NO_SNAPSHOT, SNAPSHOT, Document, Field, Kind, flag, mapped, objects, text, texts, whole
from bakau_casework.glossary import PART_MEANINGS, PART_UNITS
from bakau_casework.views import (
    age_control,
    asks,
    batches,
    bulk,
    casefile,
    entities,
    explain,
    findings,
    leads,
    methods,
    networks,
    numbers,
    picture,
    proposals,
    referrals,
    replay,
    rules,
    state,
    transfers,
    upload,
    walks,
)

if TYPE_CHECKING:
    from bakau_casework.audit import Head
    from bakau_casework.view import Declaration, Shown, View

VIEWS: tuple[Declaration, ...] = (
    findings.FINDINGS, explain.EXPLANATION, entities.FIND, entities.ACCOUNT_VIEW, walks.NEIGHBOURS, walks.PATHS, batches.BATCHES,
    batches.REJECTS, bulk.SCORES, bulk.FINDING_ROWS, bulk.COMMUNITIES, bulk.TRANSFERS, numbers.FEATURES, casefile.CASES, casefile.CASE, casefile.AUDIT,
    networks.NETWORK, transfers.TRANSFERS_OF, state.SOURCES, state.RUNS, state.RULES, state.STATUS, picture.PICTURE, upload.UPLOAD,
    upload.LOADED, leads.LEADS, leads.LEAD_LISTS, leads.LEAD_NEWS, referrals.REFERRALS, referrals.REVEALED, asks.REQUEST, age_control.AGE_CONTROL,
    proposals.PROPOSALS, proposals.KEYS, methods.METHODS, methods.METHOD, replay.REPLAY, referrals.SETTLED,
    rules.RULES_IN_FORCE, rules.RULE_COUNTS,
)  # fmt: skip

#: Which command lines print a view; one that is not here is shown by the SDK, a file or a screen only.
COMMANDS = {
    "findings": ("findings",),
    "findings-since": ("findings --since RUN",),
    "explain": ("explain FINDING_ID",),
    "find": ("find TEXT",),
    "account": ("account ACCOUNT_ID",),
    "neighbours": ("neighbours ACCOUNT_ID",),
    "path": ("path A B",),
    "batches": ("batches",),
    "rejects": ("rejects BATCH",),
    "cases": ("case list",),
    "case": ("case open", "case show CASE", "case add-member CASE PERSON", "case close CASE", "case reopen CASE"),
    "audit": ("audit list",),
    "leads": ("leads search FILE", "leads show LIST"),
    "lead-lists": ("leads list", "leads forget LIST"),
    "leads-check": ("leads check",),
    "age-control": ("agecontrol",),
    "ask": ("ask FINDING_ID",),
    "referrals": ("referrals", "referrals act ID", "referrals settle ID"),
    "referral-number": ("referrals reveal ID",),
    "rule-proposals": (
        "indicators proposals",
        "indicators propose GIVEN",
        "indicators draft RULE_ID",
        "indicators shadow RULE_ID",
        "indicators activate RULE_ID",
        "indicators retire RULE_ID",
    ),
    "pack-keys": ("indicators keys", "indicators trust KEY", "indicators distrust KEY"),
    "methods": ("methods list",),
    "method": ("methods add", "methods show METHOD"),
    "replay": ("replay",),
}

_FRAME = (
    SNAPSHOT,
    text("purpose", "purpose it was asked for"),
    text("case", "case it was asked in; null without one"),
    mapped("masked", "for every masked field the reason; its values are null", Kind.TEXT),
)

AUDIT_HEAD = Document(
    "audit-head",
    "Size and root of the audit log: what to keep away from this machine.",
    ("audit head",),
    (
        NO_SNAPSHOT,
        whole("size", "entries", "entries"),
        text("root", "root of the hash tree over them (RFC 6962), hexadecimal"),
        whole("time_us", "when it was taken", "µs since 1970, UTC"),
    ),
)

AUDIT_VERIFY = Document(
    "audit-verify",
    "Is the log sound, and does it continue a head kept elsewhere? Exit code 1 when not.",
    ("audit verify",),
    (
        NO_SNAPSHOT,
        flag("is_sound", "nothing is wrong"),
        texts("faults", "what is wrong, in words"),
        whole("size", "entries", "entries"),
        text("root", "root of the hash tree over them, hexadecimal"),
        whole("checked_against_size", "entries that the head given with --head saw; null without one", "entries"),
    ),
)

EXPORT = Document(
    "export",
    "What was written to a file.",
    ("export WHAT",),
    (
        *_FRAME,
        text("run", "the run the rows come from; null for features and transfers, which come from none"),
        text("what", "scores, findings, communities, features or transfers"),
        text("format", "csv, parquet or csv+parquet"),
        whole("rows", "rows written", "rows"),
    ),
)

PICTURE_EXPORT = Document(
    "picture-export",
    "A finding that was drawn into one HTML file.",
    ("export FINDING_ID --html FILE",),
    (
        *_FRAME,
        text("run", "the run it comes from"),
        text("finding_id", "the finding"),
        text("file", "name of the file, without its folder"),
        whole("accounts", "accounts drawn", "accounts"),
        whole("links", "links drawn", "links"),
        text("sha256", "hash of the picture's content, as printed in its foot, hexadecimal"),
    ),
)

COVERAGE = Document(
    "coverage",
    "What the mission asks for, and how far each part is.",
    ("coverage",),
    (
        NO_SNAPSHOT,
        mapped("counts", "rows per state", unit="rows"),
        objects(
            "rows",
            "one per system, safeguarding rule and package",
            text("id", "S1 to S35, R1 to R13, or a package"),
            text("title", "what it is"),
            text("state", "works, partly or planned"),
            text("command", "the command that does it; empty when there is none"),
            text("test", "the test that holds it; empty when there is none"),
            text("note", "what is missing, or where it lies"),
        ),
    ),
)


WORLD_CHECK = Document(
    "world_check",
    "Whether a synthetic world agrees with the published figures and is hard enough to measure on.",
    ("world check FOLDER",),
    (
        NO_SNAPSHOT,
        text("folder", "where the world lies"),
        text("kind", "ordinary or exam; an exam is not held to the bands"),
        whole("networks", "planted networks", "networks"),
        whole("lookalikes", "accounts of look-alikes", "accounts"),
        objects(
            "figures",
            "one per published figure",
            text("name", "the figure"),
            text("meaning", "what it is of"),
            text("published", "what was published"),
            Field("drawn", Kind.SHARE, "what the world has; null when there is nothing to count"),
            Field("low", Kind.SHARE, "lower end of the band"),
            Field("high", Kind.SHARE, "upper end of the band"),
            whole("observations", "what it was counted on; with few the band is wider"),
            text("grade", "V published, M a fit of ours, D a default of ours"),
            flag("is_within", "true in the band, or when there is nothing to count"),
        ),
        Field(
            "guard",
            Kind.OBJECT,
            "what the simplest means reach when they may look at the truth",
            parts=(
                whole("depth", "how many first accounts count", "accounts"),
                mapped("features", "precision of each single feature, by its better end", Kind.SHARE),
                mapped("rules", "precision of each published rule", Kind.SHARE),
                Field("tree", Kind.SHARE, "precision of a tree of depth three fitted on the truth"),
                Field("amount_count_recall", Kind.SHARE, "networks found by amounts and counts tuned on other worlds"),
                mapped("lookalikes_per_guilty", "innocent accounts for one guilty one in the region of a role", Kind.SHARE),
                mapped("ceiling", "boosted trees trained on other worlds: average precision, precision, networks found", Kind.SHARE),
            ),
        ),
        flag("is_good", "true when nothing speaks against the world; else the exit code is 1"),
        texts("reasons", "why it is refused; empty when it is not"),
    ),
)


def list_documents() -> list[Document]:
    """Every document there is, by name."""
    others = (bakau_graph.documents, bakau_ingest.documents, bakau_analytics.documents)
    found = [document for room in others for document in room.DOCUMENTS]
    found += [describe_view(declaration) for declaration in VIEWS]
    found += [_describe_changes(), AUDIT_HEAD, AUDIT_VERIFY, EXPORT, PICTURE_EXPORT, COVERAGE, WORLD_CHECK]
    return sorted(found, key=lambda document: document.name)


def list_schemas() -> dict[str, dict[str, object]]:
    """JSON Schema (draft 2020-12) of every document, by its name and number."""
    return {document.schema: document.to_schema() for document in list_documents()}


def describe_view(declaration: Declaration) -> Document:
    """A view as a document: the common head, its facts, its rows."""
    facts = tuple(_field_of(fact) for fact in declaration.facts)
    rows = _rows(declaration)
    return Document(declaration.name, declaration.meaning, COMMANDS.get(declaration.name, ()), (*_FRAME, *facts, rows), declaration.number)


def _rows(declaration: Declaration) -> Field:
    parts = tuple(_field_of(column) for column in declaration.columns)
    meaning = "what was asked for; null when it may not be shown" if declaration.single else "the rows, in the order stated above"
    return Field(declaration.rows_name, Kind.OBJECT, meaning, is_list=not declaration.single, parts=parts)


def _describe_changes() -> Document:
    facts = tuple(_field_of(fact) for fact in findings.CHANGES.facts)
    columns = tuple(_field_of(column) for column in findings.COLUMNS)
    words = {"new": "findings that were not there", "changed": "findings with other content", "gone": "findings that are no more"}
    groups = tuple(objects(change, meaning, *columns) for change, meaning in words.items())
    name = findings.CHANGES.name
    return Document(name, findings.CHANGES.meaning, COMMANDS[name], (*_FRAME, *facts, *groups), findings.CHANGES.number)


def _field_of(shown: Shown) -> Field:
    return _typed(shown.name, shown.type, shown.meaning, shown.unit)


def _typed(name: str, kind: pa.DataType, meaning: str, unit: str) -> Field:
    if pa.types.is_list(kind):
        one = _typed(name, kind.value_type, meaning, unit)
        return Field(name, one.kind, meaning, unit, is_list=True, parts=one.parts)
    if pa.types.is_struct(kind):
        columns = {column.name: column.meaning for column in findings.COLUMNS} if name == "finding" else {}
        parts = tuple(
            _typed(part.name, part.type, columns.get(part.name) or PART_MEANINGS[name, part.name], PART_UNITS.get(part.name, ""))
            for part in kind
        )
        return Field(name, Kind.OBJECT, meaning, unit, parts=parts)
    if pa.types.is_boolean(kind):
        return Field(name, Kind.FLAG, meaning, unit)
    return Field(name, Kind.WHOLE if pa.types.is_integer(kind) else Kind.TEXT, meaning, unit)


def changes_document(view: View) -> dict[str, object]:
    """`bakau.findings-since/1`: the findings of a CHANGES view under new, changed and gone."""
    document = view.to_document()
    rows = cast("list[dict[str, object]]", document.pop("findings"))
    for change in ("new", "changed", "gone"):
        document[change] = [{name: value for name, value in row.items() if name != "change"} for row in rows if row["change"] == change]
    return document


def audit_head_document(head: Head) -> dict[str, object]:
    """`bakau.audit-head/1`: what to keep away from this machine."""
    return {"schema": AUDIT_HEAD.schema, "snapshot": None, "size": head.size, "root": head.root, "time_us": head.time_us}


def audit_verify_document(head: Head, faults: list[str], *, against: Head | None) -> dict[str, object]:
    """`bakau.audit-verify/1`: is the log sound, and does it continue a head kept elsewhere?"""
    document: dict[str, object] = {"schema": AUDIT_VERIFY.schema, "snapshot": None, "is_sound": not faults, "faults": faults}
    return {**document, "size": head.size, "root": head.root, "checked_against_size": None if against is None else against.size}


def export_document(view: View, what: str, form: str) -> dict[str, object]:
    """`bakau.export/1`: what was written."""
    return {**view.head(EXPORT.schema), "run": view.facts.get("run"), "what": what, "format": form, "rows": len(view.rows)}


def picture_document(view: View, file: str, sha256: str) -> dict[str, object]:
    """`bakau.picture-export/1`: what was drawn, and the hash of its content."""
    links = cast("list[object]", view.facts["links"])
    named = {"run": view.facts["run"], "finding_id": view.facts["finding_id"], "file": file}
    return {**view.head(PICTURE_EXPORT.schema), **named, "accounts": len(view.rows), "links": len(links), "sha256": sha256}
