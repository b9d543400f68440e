"""What an operator runs on the network: its state, and a rebuild. Counts only; nothing here shows a person's data."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau_graph.network.answers import NetworkStatus

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group()
def network() -> None:
    """Show or rebuild the network of accounts."""


@network.command()
@AS_JSON
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show what the network holds and which snapshot it stands on; builds it when it is stale."""
    _show(ctx, force=False, as_json=as_json)


@network.command()
@AS_JSON
@click.pass_context
def rebuild(ctx: click.Context, *, as_json: bool) -> None:
    """Build the network anew from the archive, even when it is up to date."""
    _show(ctx, force=True, as_json=as_json)


def _show(ctx: click.Context, *, force: bool, as_json: bool) -> None:
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_graph.embedded.store import rebuild as build
    from bakau_graph.networks import open_network

    archive = Archive.open(workspace_path(ctx))
    snapshot = archive.snapshot()
    with progress("Building the network"):
        if force:
            build(archive.workspace.network, snapshot, force=True)
        with closing(open_network(archive.workspace, snapshot)) as opened:
            state = opened.status()
    click.echo(json.dumps(_document(state)) if as_json else _text(state))


def _document(state: NetworkStatus) -> dict[str, object]:
    return {
        "schema": "bakau.network/1",
        "snapshot": state.as_of,
        "implementation": state.implementation,
        "digest": state.digest,
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
        "size_bytes": state.size_bytes,
        "built_us": state.built_us,
        "is_loading": state.is_loading,
        "marks_run_id": state.marks_run_id,
        "marked_accounts": state.marked_accounts,
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
