"""``bakau coverage``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import echo_json, json_option


@click.command()
@json_option
def coverage(*, as_json: bool) -> None:
    """Show which parts of the mission work, with command and test."""
    from dataclasses import asdict

    from bakau_casework.coverage import State, load_coverage

    rows = load_coverage()
    counts = {state.value: sum(row.state is state for row in rows) for state in State}
    if as_json:
        echo_json({"schema": "bakau.coverage/1", "snapshot": None, "counts": counts, "rows": [asdict(row) for row in rows]})
        return
    from bakau_casework.commands.screen import table

    table(("id", "state", "what", "command"), [(row.id, row.state.value, row.title, row.command) for row in rows])
    click.echo(f"{counts['works']} of {len(rows)} work, {counts['partly']} in part, {counts['planned']} are planned")
