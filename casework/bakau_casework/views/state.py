"""What the workspace stands on: its sources and their basis, the runs made of it, and the network that is walked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.times import format_us
from bakau_analytics.indicators.load import load_packs
from bakau_casework.view import Declaration, Draft, Shown, count, flag, nested, text
from bakau_casework.views.findings import count_findings

if TYPE_CHECKING:
    from bakau_casework.reading import Reading
    from bakau_graph.archive import Run, Source

_MARKING = text("", "").marking

SOURCES = Declaration(
    "sources-view",
    "Every source: who gave the data, on which authority and legal basis, for which purposes, until when.",
    "sources",
    (
        text("source_id", "the source"),
        text("name", "its name, as its adder wrote it"),
        text("kind", "what kind of source"),
        text("authority", "on whose authority"),
        text("legal_basis", "the law or order it rests on"),
        Shown("purposes", pa.list_(pa.string()), "purposes it may be used for; * for all", _MARKING),
        text("keep_until", "last day it may be kept; null without an end"),
        flag("is_expired", "that day is over: withdraw its batches"),
        flag("is_training", "synthetic or public data"),
        count("batches", "batches of it in the current view"),
        count("records", "records of it that were loaded"),
    ),
    (flag("is_training_only", "every source is synthetic or public data"),),
)

RUNS = Declaration(
    "runs",
    "Every analysis, newest first: what it stood on and how many findings it made.",
    "runs",
    (
        text("run_id", "the run"),
        text("created", "when, ISO 8601 in UTC"),
        text("created_by", "who ran it"),
        text("previous", "the run before it; null for the first"),
        count("snapshot_version", "version of the facts it read"),
        flag("is_stale", "facts or marks changed since"),
        text("engine", "what computed it"),
        text("packs", "hash of the indicator packs"),
        text("code", "version of the code"),
        count("findings", "findings it made, as they may be shown now"),
    ),
)

RULES = Declaration(
    "rules",
    "The red-flag rules as shipped.",
    "rules",
    (
        text("rule_id", "the rule, as reasons name it"),
        text("version", "its version"),
        text("title", "what it looks for, in a few words"),
        text("source", "the publication it comes from, its grade and address"),
        text("number", "the number that publication gives, in its words"),
        text("runbook", "what to do next"),
        Shown("benign", pa.list_(pa.string()), "what else could look like it", _MARKING),
    ),
)

STATUS = Declaration(
    "network-status",
    "What the network holds and which snapshot it stands on.",
    "network",
    (
        text("implementation", "what answers"),
        text("as_of", "the snapshot it stands on"),
        flag("is_current", "that is the newest snapshot"),
        flag("is_loading", "a batch is being brought in: answers may lack it"),
        count("accounts", "accounts"),
        count("transfers", "transfers"),
        count("null_amounts", "of these without a stated amount"),
        count("hubs", "accounts with so many transfers that searches do not cross them"),
        count("hub_degree", "that many"),
        nested("currencies", "transfers per currency", {"currency": pa.string(), "transfers": pa.int64(), "null_amounts": pa.int64()}),
        text("first_ts", "first transfer, ISO 8601 in UTC"),
        text("last_ts", "last transfer"),
        text("built", "when it was built"),
        count("size_bytes", "room it takes"),
        text("marks_run", "the run whose scores it carries; null without one"),
    ),
    single=True,
)


def list_sources(reading: Reading) -> Draft:
    """The draft of SOURCES."""
    rows = [_source(reading, source) for source in reading.snapshot.sources()]
    facts = {"is_training_only": all(source.training for source in reading.snapshot.sources())}
    return Draft(pa.Table.from_pylist(rows, SOURCES.arrow_schema), facts)


def _source(reading: Reading, source: Source) -> dict[str, object]:
    own = [batch for batch in reading.snapshot.batches() if batch.source_id == source.source_id]
    until = source.keep_until
    return {
        **{name: getattr(source, name) for name in ("source_id", "name", "kind", "authority", "legal_basis")},
        "purposes": list(source.purposes),
        "keep_until": until.isoformat() if until else None,
        "is_expired": until is not None and until < datetime.now(UTC).date(),
        "is_training": source.training,
        "batches": len(own),
        "records": sum(batch.report.loaded for batch in own),
    }


def list_runs(reading: Reading) -> Draft:
    """The draft of RUNS."""
    rows = [_run(reading, run) for run in reversed(reading.snapshot.runs())]
    return Draft(pa.Table.from_pylist(rows, RUNS.arrow_schema))


def _run(reading: Reading, run: Run) -> dict[str, object]:
    return {
        **{name: getattr(run, name) for name in ("run_id", "created_by", "previous", "snapshot_version", "engine", "packs", "code")},
        "created": format_us(run.created_us),
        "is_stale": run.fact_digest != reading.snapshot.digest,
        "findings": count_findings(reading, run),
    }


def list_rules() -> Draft:
    """The draft of RULES."""
    rows = [
        {
            "rule_id": rule.id,
            "version": rule.version,
            "title": rule.title,
            "source": rule.source.text,
            "number": rule.source.number,
            "runbook": rule.runbook,
            "benign": list(rule.benign),
        }
        for rule in load_packs().rules
    ]
    return Draft(pa.Table.from_pylist(rows, RULES.arrow_schema))


def show_status(reading: Reading) -> Draft:
    """The draft of STATUS. NetworkError when the network does not answer."""
    state = reading.network.status()
    row = {
        **{name: getattr(state, name) for name in ("implementation", "as_of", "is_loading", "accounts", "transfers", "null_amounts")},
        **{name: getattr(state, name) for name in ("hubs", "hub_degree", "size_bytes")},
        "is_current": state.digest == reading.snapshot.digest,
        "currencies": [
            {"currency": one.currency, "transfers": one.transfers, "null_amounts": one.null_amounts} for one in state.currencies
        ],
        "first_ts": format_us(state.first_us) or None,
        "last_ts": format_us(state.last_us) or None,
        "built": format_us(state.built_us),
        "marks_run": state.marks_run_id,
    }
    return Draft(pa.Table.from_pylist([row], STATUS.arrow_schema))
