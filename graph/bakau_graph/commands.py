"""What an operator runs on the archive: init, source, batch, protect, archive. Nothing here shows a person's data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path
from bakau.settings import NETWORKS

if TYPE_CHECKING:
    from datetime import date, datetime

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def print_document(document: dict[str, object], text: str, *, as_json: bool) -> None:
    """Print what a command has to say, for people or for programs."""
    click.echo(json.dumps(document, sort_keys=False) if as_json else text)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--network", type=click.Choice(NETWORKS), default=NETWORKS[0], show_default=True, help="Network it will be walked on.")
@AS_JSON
def init(path: Path, *, network: str, as_json: bool) -> None:
    """Make a new workspace."""
    from bakau_graph.archive import Archive

    archive = Archive.create(path, network=network)
    workspace = archive.workspace
    document: dict[str, object] = {
        "schema": "bakau.init/1",
        "snapshot": archive.snapshot().label,
        "workspace": str(path),
        "workspace_id": workspace.workspace_id,
        "format": workspace.format,
        "network": network,
    }
    text = (
        f"{path}: new workspace {workspace.workspace_id}, format {workspace.format}\n"
        "It has one source, training: synthetic or public data only. `bakau source add` before real data.\n"
        f"The vault key lies outside the workspace: {workspace.vault_key_file}\n"
        "Keep a copy of it apart. Without it names, numbers in clear and texts cannot be read again; everything else can."
    )
    if network == "neo4j":
        text += "\nIt is walked on Neo4j: `bakau neo4j install` once on this machine, then `bakau neo4j start`."
    print_document(document, text, as_json=as_json)


@click.group()
def source() -> None:
    """Add, list, hold or extend sources: authority, legal basis, purposes, end."""


@source.command("add")
@click.argument("source_id")
@click.option("--name", required=True, help="What people call it.")
@click.option("--kind", default="institution", show_default=True, help="institution, agency, fiu, public …")
@click.option("--authority", required=True, help="Who may hold and give this data.")
@click.option("--legal-basis", required=True, help="Law, order or agreement it is given under.")
@click.option("--purpose", "purposes", multiple=True, required=True, help="Purpose the data may be used for; repeat for more.")
@click.option("--keep-until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day it may be kept (YYYY-MM-DD).")
@click.option("--training", is_flag=True, help="Synthetic or public data only.")
@click.pass_context
def add_source(
    ctx: click.Context, /, source_id: str, *, keep_until: datetime, purposes: tuple[str, ...], training: bool, **entries: str
) -> None:
    """List a new source."""
    from bakau.errors import InputError
    from bakau_graph.archive import Archive, Source

    until: date = keep_until.date()
    if not source_id.isascii() or not source_id.replace("-", "").replace("_", "").isalnum():
        raise InputError("a source id has letters, digits, - and _ only")
    archive = Archive.open(workspace_path(ctx))
    archive.add_source(
        Source(
            source_id, entries["name"], entries["kind"], entries["authority"], entries["legal_basis"], purposes, until, training=training
        )
    )
    click.echo(f"source {source_id}: kept until {until.isoformat()}, for {', '.join(purposes)}")


@source.command("list")
@AS_JSON
@click.pass_context
def list_sources(ctx: click.Context, *, as_json: bool) -> None:
    """List sources with their basis."""
    from bakau_graph.archive import Archive
    from bakau_graph.archive.hold import read_holds
    from bakau_graph.archive.term import today_utc

    archive = Archive.open(workspace_path(ctx))
    holds = read_holds(archive.workspace)
    rows = [
        {
            "source_id": found.source_id,
            "name": found.name,
            "kind": found.kind,
            "authority": found.authority,
            "legal_basis": found.legal_basis,
            "purposes": list(found.purposes),
            "keep_until": found.keep_until.isoformat() if found.keep_until else None,
            "training": found.training,
            "held": holds.get(found.source_id),
            "is_over": found.is_over(today_utc()),
        }
        for found in archive.sources()
    ]
    lines = [
        f"{row['source_id']}  {row['name']}  until {row['keep_until'] or 'no end'}  {row['legal_basis']}"
        + ("  OVER: nothing more is loaded (bakau source extend, or bakau archive purge --expired)" if row["is_over"] else "")
        + (f"  ON LEGAL HOLD: {row['held']}" if row["held"] else "")
        for row in rows
    ]
    print_document({"schema": "bakau.sources/1", "snapshot": archive.snapshot().label, "sources": rows}, "\n".join(lines), as_json=as_json)


@click.group()
def batch() -> None:
    """Withdraw a batch, or show one."""


@batch.command("withdraw")
@click.argument("batch_id")
@click.option("--reason", required=True, help="Why; kept in the ledger.")
@AS_JSON
@click.pass_context
def withdraw_batch(ctx: click.Context, batch_id: str, *, reason: str, as_json: bool) -> None:
    """Take a batch out of every later snapshot; its bytes stay as evidence."""
    from bakau_graph.archive import Archive

    archive = Archive.open(workspace_path(ctx))
    found = archive.withdraw(batch_id, reason=reason)
    document: dict[str, object] = {
        "schema": "bakau.batch-withdraw/1",
        "snapshot": archive.snapshot().label,
        "batch_id": found.batch_id,
        "loaded": found.report.loaded,
    }
    text = f"batch {found.batch_id} withdrawn ({found.report.loaded:,} records); run `bakau analyse` for findings without it"
    print_document(document, text, as_json=as_json)


@click.group()
def archive() -> None:
    """Verify, compact, purge or upgrade the stored facts."""


@archive.command("verify")
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Hash every listed byte and count every row again; exit 1 when something is wrong."""
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_graph.archive.verify import verify_archive

    opened = Archive.open(workspace_path(ctx))
    with progress("verify") as bar:
        result = verify_archive(opened.workspace, bar)
    document: dict[str, object] = {
        "schema": "bakau.archive-verify/1",
        "snapshot": opened.snapshot().label,
        "clean": not result.problems,
        "segments": result.segments,
        "vault_segments": result.vault_segments,
        "vault_opened": result.vault_opened,
        "rows": result.rows,
        "problems": list(result.problems),
    }
    opened_text = "opened and counted" if result.vault_opened else "hashed only: the vault key is not here"
    lines = [f"{result.segments} segments, {result.vault_segments} vault segments ({opened_text}), {result.rows:,} rows"]
    lines += result.problems or ["clean"]
    print_document(document, "\n".join(lines), as_json=as_json)
    if result.problems:
        ctx.exit(1)


@archive.command("upgrade")
@click.pass_context
def upgrade_archive(ctx: click.Context) -> None:
    """Bring an older workspace to this Bakau's format, after a copy."""
    from bakau.model import FORMAT
    from bakau_graph.archive.upgrade import upgrade

    number, copy = upgrade(workspace_path(ctx))
    click.echo(f"already format {number}" if copy is None else f"format {number} → {FORMAT}; the workspace as it was: {copy}")


@click.command()
@click.argument("subject")
@click.option("--basis", required=True, help="Why: a case reference or a code, no name.")
@click.option(
    "--state",
    type=click.Choice(["protected", "adult_known", "age_unknown"]),
    default="protected",
    show_default=True,
    help="What is now known.",
)
@click.option("--redact", is_flag=True, help="Also erase their names, numbers and texts from the vault, for good.")
@AS_JSON
@click.pass_context
def protect(ctx: click.Context, subject: str, *, basis: str, state: str, redact: bool, as_json: bool) -> None:
    """Mark a person or account as protected; withdraws every number about them."""
    from bakau.model import ProtectionState
    from bakau_graph.archive import Archive
    from bakau_graph.archive.subjects import find_subject

    opened = Archive.open(workspace_path(ctx))
    before = len(opened.snapshot().protection.protected_accounts)
    found = find_subject(opened.snapshot(), subject)
    opened.protect([found.key], realm=found.realm, state=ProtectionState(state), basis=basis, redact=redact)
    snapshot = opened.snapshot()
    accounts = len(snapshot.protection.protected_accounts)
    document: dict[str, object] = {
        "schema": "bakau.protect/1",
        "snapshot": snapshot.label,
        "subject": found.id,
        "state": state,
        "redacted": redact,
        "protected_accounts": accounts,
        "newly_protected_accounts": accounts - before,
    }
    text = (
        f"{found.id}: {state}; {accounts:,} accounts are protected now ({accounts - before:+,}). "
        "Scores, ranks and findings about them are withdrawn from every later answer."
    )
    print_document(document, text + (" Their values are gone from the vault." if redact else ""), as_json=as_json)
