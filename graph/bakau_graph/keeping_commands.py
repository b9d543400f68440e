"""What an operator runs to keep an archive over years: compact, purge, legal hold, backup and restore. Counts only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path
from bakau_graph.commands import AS_JSON, archive, print_document, source

if TYPE_CHECKING:
    from datetime import datetime

    from bakau_graph.archive.purge import Purge

__all__ = ["archive", "backup", "restore", "source"]


@source.command("hold")
@click.argument("source_id")
@click.option("--reason", required=True, help="Why: a case reference or a code, no name; kept in the ledger.")
@click.option("--release", is_flag=True, help="The hold is over.")
@AS_JSON
@click.pass_context
def hold_source(ctx: click.Context, source_id: str, *, reason: str, release: bool, as_json: bool) -> None:
    """Put a source on legal hold, or release it: while it lasts nothing of the source is purged."""
    from bakau_graph.archive import Archive, hold

    opened = Archive.open(workspace_path(ctx))
    hold.hold_source(opened, source_id, reason=reason, release=release)
    document: dict[str, object] = {
        "schema": "bakau.source-hold/1",
        "snapshot": opened.snapshot().label,
        "source_id": source_id,
        "is_held": not release,
        "reason": reason,
    }
    text = f"source {source_id}: released" if release else f"source {source_id}: on legal hold, nothing of it is purged"
    print_document(document, text, as_json=as_json)


@source.command("extend")
@click.argument("source_id")
@click.option("--keep-until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The new last day it may be kept (YYYY-MM-DD).")
@click.option("--reason", required=True, help="Why: what renews its basis, no name; kept in the ledger.")
@AS_JSON
@click.pass_context
def extend_source(ctx: click.Context, source_id: str, *, keep_until: datetime, reason: str, as_json: bool) -> None:
    """Let a source be kept longer, so that files may be loaded into it again."""
    from bakau_graph.archive import Archive, term

    opened = Archive.open(workspace_path(ctx))
    former = opened.get_source(source_id).keep_until
    term.extend_source(opened, source_id, keep_until.date(), reason=reason)
    document: dict[str, object] = {
        "schema": "bakau.source-extend/1",
        "snapshot": opened.snapshot().label,
        "source_id": source_id,
        "former": former.isoformat() if former else None,
        "keep_until": keep_until.date().isoformat(),
        "reason": reason,
    }
    print_document(document, f"source {source_id}: kept until {keep_until.date().isoformat()}", as_json=as_json)


@archive.command("compact")
@AS_JSON
@click.pass_context
def compact_archive(ctx: click.Context, *, as_json: bool) -> None:
    """Rewrite many small segments into few large ones; no fact, id or count changes."""
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_graph.archive.compaction import compact

    opened = Archive.open(workspace_path(ctx))
    with progress("Compacting") as bar:
        done = compact(opened, bar)
    document: dict[str, object] = {
        "schema": "bakau.archive-compact/1",
        "snapshot": opened.snapshot().label,
        "files_before": done.files_before,
        "files_after": done.files_after,
        "rows": done.rows,
        "vault_files_left": done.vault_left,
    }
    text = (
        f"{done.files_before:,} segments became {done.files_after:,} ({done.rows:,} rows); the old ones stay a day for whoever reads them"
        if done.files_after
        else "nothing to compact"
    )
    left = f"\n{done.vault_left:,} vault segments were left as they are: the vault key is not here" if done.vault_left else ""
    print_document(document, text + left, as_json=as_json)


@archive.command("purge")
@click.option("--expired", is_flag=True, required=True, help="Batches whose source might be kept until a day that is over (UTC).")
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
@AS_JSON
@click.pass_context
def purge_archive(ctx: click.Context, *, expired: bool, dry_run: bool, as_json: bool) -> None:  # noqa: ARG001 - named so that nobody purges by a slip
    """Delete batches for good, bytes and all; a tombstone in the ledger says what was there."""
    from datetime import UTC, datetime

    from bakau_graph.archive import Archive
    from bakau_graph.archive.purge import plan_purge, purge

    opened = Archive.open(workspace_path(ctx))
    today = datetime.now(UTC).date()
    found = plan_purge(opened, today) if dry_run else purge(opened, today)
    print_document(_purge_document(opened.snapshot().label, found, dry_run=dry_run), _purge_text(found, dry_run=dry_run), as_json=as_json)


def _purge_document(label: str, found: Purge, *, dry_run: bool) -> dict[str, object]:
    return {
        "schema": "bakau.archive-purge/1",
        "snapshot": label,
        "dry_run": dry_run,
        "batches": [
            {
                "batch_id": batch.batch_id,
                "source_id": batch.source_id,
                "keep_until": batch.keep_until,
                "files": batch.files,
                "size_bytes": batch.size_bytes,
                "rows": batch.rows,
            }
            for batch in found.batches
        ],
        "runs": list(found.runs),
        "held": [{"source_id": source_id, "reason": reason} for source_id, reason in found.held],
    }


def _purge_text(found: Purge, *, dry_run: bool) -> str:
    would = "would be deleted" if dry_run else "deleted"
    lines = [
        f"{batch.batch_id}  {batch.source_id}  kept until {batch.keep_until}  {batch.rows:,} rows, {batch.files:,} files, "
        f"{batch.size_bytes:,} bytes {would}"
        for batch in found.batches
    ]
    lines += [f"source {source_id} is on legal hold ({reason}): nothing of it {would}" for source_id, reason in found.held]
    if found.runs:
        lines.append(f"{len(found.runs):,} runs stood on them and {'would be cleared' if dry_run else 'were cleared: run `bakau analyse`'}")
    if found.batches and not dry_run:
        lines.append("a Neo4j network is filled anew by its next `bakau network sync`; backups made before still hold what was deleted")
    return "\n".join(lines) or "no batch is expired"


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Also write the vault key, to a file of its own beside it (0600): keep the two apart.")
@AS_JSON
@click.pass_context
def backup(ctx: click.Context, target: Path, *, with_key: bool, as_json: bool) -> None:
    """Write the workspace to one file, whoever works in it meanwhile; the vault key only when asked for."""
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_graph.archive.backup import backup as write_backup

    opened = Archive.open(workspace_path(ctx))
    with progress("Backup") as bar:
        done = write_backup(opened, target, bar, with_key=with_key)
    document: dict[str, object] = {
        "schema": "bakau.backup/1",
        "snapshot": opened.snapshot(done.manifest.version).label,
        "path": str(done.path),
        "files": len(done.manifest.members),
        "size_bytes": done.size_bytes,
        "key_path": str(done.key_path) if done.key_path else None,
    }
    text = f"{done.path}: {len(done.manifest.members):,} files, {done.size_bytes:,} bytes, ledger version {done.manifest.version}\n"
    text += (
        f"The vault key: {done.key_path}. Keep it apart from the backup."
        if done.key_path
        else f"The vault key is not in it. Keep a copy of it apart: {opened.workspace.vault_key_file}"
    )
    print_document(document, text, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), help="File with the vault key, to be put where this machine looks for it."
)
@AS_JSON
def restore(file: Path, target: Path, *, key_file: Path | None, as_json: bool) -> None:
    """Make a workspace from a backup in a new or empty directory, whole or not at all."""
    from bakau.progress import progress
    from bakau_graph.archive.restore import restore as unpack

    with progress("Restore") as bar:
        done = unpack(file, target, bar, key_file=key_file)
    document: dict[str, object] = {
        "schema": "bakau.restore/1",
        "snapshot": None,
        "workspace": str(done.path),
        "workspace_id": done.manifest.workspace_id,
        "format": done.manifest.format,
        "version": done.manifest.version,
        "files": len(done.manifest.members),
        "has_vault_key": done.has_vault_key,
    }
    text = (
        f"{done.path}: workspace {done.manifest.workspace_id}, ledger version {done.manifest.version}, {len(done.manifest.members):,} files"
    )
    if not done.has_vault_key:
        text += "\nIts vault key is not on this machine: give it with --key, or set BAKAU_VAULT_KEY. Names, numbers and texts stay closed till then."
    print_document(document, text, as_json=as_json)
