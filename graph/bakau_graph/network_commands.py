"""What an operator runs on the network: its state, and a rebuild. Counts only; nothing here shows a person's data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau_graph.archive import Archive
    from bakau_graph.neo4j.sync import SyncReport
    from bakau_graph.network.answers import NetworkStatus

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group()
def network() -> None:
    """Bring the network of accounts in step, rebuild or verify it, or show its state."""


@network.command()
@AS_JSON
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show what the network holds, which snapshot it stands on and how far it is behind; changes nothing in Neo4j."""
    archive, kind = _archive(ctx)
    if kind == "neo4j":
        _show_neo4j(archive, as_json=as_json)
    else:
        _show_embedded(archive, force=False, as_json=as_json)


@network.command()
@AS_JSON
@click.pass_context
def sync(ctx: click.Context, *, as_json: bool) -> None:
    """Bring the network to the newest snapshot; what was done before an interruption is not done again."""
    from bakau.progress import progress

    archive, kind = _archive(ctx)
    if kind != "neo4j":
        _show_embedded(archive, force=False, as_json=as_json)
        return
    from bakau_graph.neo4j.in_step import open_in_step

    with progress("Bringing Neo4j in step") as bar:
        session, report = open_in_step(archive, bar)
        session.close()
    _report(report, as_json=as_json)


@network.command()
@AS_JSON
@click.pass_context
def rebuild(ctx: click.Context, *, as_json: bool) -> None:
    """Build the network anew from the archive, even when it is up to date."""
    from bakau.progress import progress

    archive, kind = _archive(ctx)
    if kind != "neo4j":
        _show_embedded(archive, force=True, as_json=as_json)
        return
    from bakau_graph.neo4j.bulk import rebuild as fill

    with progress("Rebuilding Neo4j") as bar:
        report = fill(archive, bar)
    _report(report, as_json=as_json)


@network.command()
@AS_JSON
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Compare the network with the archive, row by row; exit 1 and the first difference when they differ."""
    from bakau.progress import progress

    archive, kind = _archive(ctx)
    snapshot = archive.snapshot()
    with progress("Comparing the network with the archive") as bar:
        if kind == "neo4j":
            from bakau_graph.neo4j.session import Session
            from bakau_graph.neo4j.verify import verify as compare

            with Session.of(archive.workspace) as session:
                found = compare(session, snapshot, bar)
            counts, problems = tuple((table.name, table.found) for table in found.tables), found.problems
        else:
            from bakau_graph.embedded.verify import verify_generation

            counts, problems = verify_generation(archive.workspace.network, snapshot)
    document = {
        "schema": "bakau.network-verify/1",
        "snapshot": snapshot.label,
        "implementation": kind,
        "rows": dict(counts),
        "problems": problems,
        "is_clean": not problems,
    }
    lines = [f"{kind} network against snapshot {snapshot.label}", *(f"  {name:<12}{count:>14,}" for name, count in counts)]
    lines += [f"  differs: {problem}" for problem in problems] or ["the same, row by row"]
    click.echo(json.dumps(document) if as_json else "\n".join(lines))
    if problems:
        ctx.exit(1)


def _archive(ctx: click.Context) -> tuple[Archive, str]:
    from bakau_graph.archive import Archive
    from bakau_graph.networks import network_kind

    archive = Archive.open(workspace_path(ctx))
    return archive, network_kind(archive.workspace)


def _report(report: SyncReport, *, as_json: bool) -> None:
    document = {
        "schema": "bakau.network-sync/1",
        "snapshot": report.label,
        "implementation": "neo4j",
        "batches_in": report.batches_in,
        "batches_out": report.batches_out,
        "rows": report.rows,
        "marks_withdrawn": report.marks_withdrawn,
        "seconds": round(report.seconds, 3),
    }
    text = (
        f"Neo4j stands on snapshot {report.label}: {report.batches_in:,} batches in, {report.batches_out:,} out, {report.rows:,} rows, "
        f"{report.seconds:.1f} s"
    )
    withdrawn = f"\n  marks taken off {report.marks_withdrawn:,} protected accounts" if report.marks_withdrawn else ""
    click.echo(json.dumps(document) if as_json else text + withdrawn)


def _show_neo4j(archive: Archive, *, as_json: bool) -> None:
    from bakau_graph.neo4j.bulk import is_half_done
    from bakau_graph.neo4j.session import Session
    from bakau_graph.neo4j.state import count_hubs, describe, read_bakau
    from bakau_graph.neo4j.sync import measure_behind

    snapshot = archive.snapshot()
    with Session.of(archive.workspace) as session:
        behind, bakau, hubs = measure_behind(session, snapshot), read_bakau(session), count_hubs(session)
    status = describe(bakau, as_of=behind.label, hubs=hubs, hub_degree=int(bakau.get("hub_degree") or 0))
    is_current = behind.is_current and not is_half_done(archive.workspace)
    document = _document(status) | {
        "archive_snapshot": snapshot.label,
        "is_current": is_current,
        "batches_to_bring_in": len(behind.coming),
        "batches_to_take_out": len(behind.going),
        "transfers_behind": behind.transfers,
    }
    lines = [
        f"neo4j network of snapshot {behind.label or 'none yet'} ({bakau.get('state', 'empty')}); the archive stands on {snapshot.label}",
        f"  accounts    {status.accounts:,}",
        f"  transfers   {status.transfers:,}, of which {status.null_amounts:,} state no amount",
        f"  marks       {status.marked_accounts:,} accounts, run {status.marks_run_id or 'none'}",
        "  in step with the archive"
        if is_current
        else f"  behind      {len(behind.coming):,} batches to bring in ({behind.transfers:,} transfers), {len(behind.going):,} to take out\n"
        "  → bakau network sync",
    ]
    click.echo(json.dumps(document) if as_json else "\n".join(lines))


def _show_embedded(archive: Archive, *, force: bool, as_json: bool) -> None:
    from bakau.progress import progress
    from bakau_graph.embedded.network import EmbeddedNetwork
    from bakau_graph.embedded.store import rebuild as build

    snapshot = archive.snapshot()
    with progress("Building the network"):
        if force:
            build(archive.workspace.network, snapshot, force=True)
        state = EmbeddedNetwork.open(archive.workspace.network, snapshot).status()
    click.echo(json.dumps(_document(state)) if as_json else _text(state))


def _document(state: NetworkStatus) -> dict[str, object]:
    """The document of a network that stands on the newest facts; a server's size is not known."""
    return {
        "schema": "bakau.network/1",
        "snapshot": state.as_of or None,
        "implementation": state.implementation,
        "digest": state.digest or None,
        "accounts": state.accounts,
        "transfers": state.transfers,
        "null_amounts": state.null_amounts,
        "hubs": state.hubs,
        "hub_degree": state.hub_degree,
        "currencies": [
            {"currency": each.currency, "transfers": each.transfers, "null_amounts": each.null_amounts} for each in state.currencies
        ],
        "first_us": state.first_us,
        "last_us": state.last_us,
        "size_bytes": state.size_bytes or None,
        "built_us": state.built_us or None,
        "is_loading": state.is_loading,
        "marks_run_id": state.marks_run_id,
        "marked_accounts": state.marked_accounts,
        "archive_snapshot": state.as_of,
        "is_current": True,
        "batches_to_bring_in": 0,
        "batches_to_take_out": 0,
        "transfers_behind": 0,
    }


def _text(state: NetworkStatus) -> str:
    from bakau.times import format_us

    currencies = ", ".join(f"{each.currency} {each.transfers:,}" for each in state.currencies) or "none"
    lines = [
        f"{state.implementation} network of snapshot {state.as_of}",
        f"  accounts    {state.accounts:,}, of which {state.hubs:,} hubs (from {state.hub_degree:,} transfers)",
        f"  transfers   {state.transfers:,}, of which {state.null_amounts:,} state no amount",
        f"  currencies  {currencies}",
        f"  times       {format_us(state.first_us)} to {format_us(state.last_us)}" if state.transfers else "  times       none",
        f"  marks       {state.marked_accounts:,} accounts, run {state.marks_run_id}" if state.marks_run_id else "  marks       none",
        f"  size        {state.size_bytes / 1e6:,.1f} MB, built {format_us(state.built_us)}",
    ]
    return "\n".join(lines)
