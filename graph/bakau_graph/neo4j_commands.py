"""What an operator runs on the Neo4j server of a workspace: install, start, stop, status. Shows no person's data and no password."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau.workspace import Workspace
    from bakau_graph.neo4j.server import ServerState

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group()
def neo4j() -> None:
    """Install, start, stop or show the Neo4j server of a workspace."""


@neo4j.command()
@AS_JSON
def install(*, as_json: bool) -> None:
    """Fetch Neo4j once for all workspaces, through Maven or from BAKAU_MAVEN_REPO; every file is held to its SHA-256."""
    from bakau.progress import progress
    from bakau_graph.neo4j.jars import install as fetch
    from bakau_graph.neo4j.release import VERSION, load_jars

    with progress(f"Fetching Neo4j {VERSION}") as bar:
        folder, is_new = fetch(bar)
    size = sum(path.stat().st_size for path in folder.iterdir())
    document = {
        "schema": "bakau.neo4j-install/1",
        "version": VERSION,
        "folder": str(folder),
        "files": len(load_jars()),
        "size_bytes": size,
        "is_new": is_new,
    }
    state = "installed" if is_new else "already installed, every file as it should be"
    click.echo(json.dumps(document) if as_json else f"Neo4j {VERSION}: {state} ({len(load_jars())} files, {size / 1e6:,.0f} MB, {folder})")


@neo4j.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port on this machine; a free one is chosen the first time and kept.")
@click.option("--heap", help="Memory for Java, such as 1g; kept for the next start.")
@click.option("--page-cache", help="Memory for the store's pages, such as 512m; kept for the next start.")
@AS_JSON
@click.pass_context
def start(ctx: click.Context, *, port: int | None, heap: str | None, page_cache: str | None, as_json: bool) -> None:
    """Start the server and wait until it answers; it listens on this machine only."""
    from bakau.progress import progress
    from bakau_graph.neo4j.server import look
    from bakau_graph.neo4j.server import start as begin

    workspace = _workspace(ctx)
    ran = look(workspace).is_running
    with progress("Starting Neo4j"):
        state = begin(workspace, port=port, heap=heap, page_cache=page_cache)
    _show(state, f"Neo4j {'runs already' if ran else 'started'}: {state.address}, process {state.pid}", as_json=as_json)


@neo4j.command()
@AS_JSON
@click.pass_context
def stop(ctx: click.Context, *, as_json: bool) -> None:
    """Stop the server cleanly."""
    from bakau.progress import progress
    from bakau_graph.neo4j.server import look
    from bakau_graph.neo4j.server import stop as end

    workspace = _workspace(ctx)
    with progress("Stopping Neo4j"):
        ran = end(workspace)
    _show(look(workspace), "Neo4j stopped" if ran else "Neo4j was not running", as_json=as_json)


@neo4j.command()
@AS_JSON
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show whether the server runs and where it listens."""
    from bakau_graph.neo4j.server import look

    state = look(_workspace(ctx))
    if state.is_running:
        text = f"Neo4j runs: {state.address}, process {state.pid}"
    elif state.is_stale:
        text = "Neo4j is not running; its last process ended without being stopped\n  → bakau neo4j start"
    else:
        text = "Neo4j is not running\n  → bakau neo4j start"
    _show(state, text, as_json=as_json)


def _workspace(ctx: click.Context) -> Workspace:
    from bakau.workspace import Workspace

    return Workspace.open(workspace_path(ctx))


def _show(state: ServerState, text: str, *, as_json: bool) -> None:
    from bakau_graph.neo4j.jars import is_installed
    from bakau_graph.neo4j.release import VERSION

    document = {
        "schema": "bakau.neo4j/1",
        "version": VERSION,
        "is_installed": is_installed(),
        "is_running": state.is_running,
        "is_stale": state.is_stale,
        "address": state.address,
        "pid": state.pid,
    }
    click.echo(json.dumps(document) if as_json else text)
