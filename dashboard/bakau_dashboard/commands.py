"""``bakau dashboard``."""

from __future__ import annotations

import click

from bakau.cli import workspace_path
from bakau_dashboard.settings import LOOPBACK


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8501, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on: this machine only, for now.")
@click.option("--headless", is_flag=True, help="Open no browser; print the address.")
@click.pass_context
def dashboard(ctx: click.Context, port: int, address: str, *, headless: bool) -> None:
    """Open the dashboard: findings, networks, data, safeguarding, rules and replays in a browser on this machine.

    It listens on this machine alone, because it knows you by your login and asks for no password. Ctrl-C ends it.
    """
    from bakau.errors import RefusedError

    if address not in LOOPBACK:
        raise RefusedError(
            "the dashboard has no sign-in yet, so it listens on this machine only",
            hint="leave --address away; from another machine: ssh -L 8501:127.0.0.1:8501 HOST",
        )
    workspace = workspace_path(ctx)

    from bakau_dashboard.serving import serve

    serve(workspace, address=address, port=port, headless=headless)
