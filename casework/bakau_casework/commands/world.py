"""``bakau world check``, beside the commands of the ingest layer that make worlds."""

from __future__ import annotations

from pathlib import Path

import click

from bakau_casework.commands.options import echo_json, json_option
from bakau_ingest.world.commands import world

__all__ = ["world"]


@world.command("check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the models, and first of the other worlds' seeds."
)
@json_option
@click.pass_context
def check(ctx: click.Context, folder: Path, seed: int, *, as_json: bool) -> None:
    """Hold a world to its published figures and refuse one that is too easy; exit code 1 when it fails."""
    from bakau.progress import progress
    from bakau_casework.world_check import check_world, to_document, to_lines

    with progress("check") as bar:
        checked = check_world(folder, seed=seed, progress=bar)
    if as_json:
        echo_json(to_document(checked))
    else:
        click.echo("\n".join(to_lines(checked)))
    if checked.refused:
        ctx.exit(1)
