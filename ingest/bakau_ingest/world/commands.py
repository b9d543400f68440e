"""The command `world`: synthetic worlds for training, demonstrations and tests."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.group()
def world() -> None:
    """Make a synthetic world with planted networks and look-alikes."""


@world.command("make")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--accounts", type=int, default=20_000, show_default=True, help="How many accounts.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--days", type=int, default=180, show_default=True, help="How many days of payments.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def make(folder: Path, accounts: int, seed: int, days: int, *, as_json: bool) -> None:
    """Write a world to FOLDER, and what was planted to FOLDER.truth."""
    from bakau.progress import progress
    from bakau_ingest.world.make import make_world

    with progress("world") as bar:
        made = make_world(folder, accounts=accounts, seed=seed, days=days, progress=bar)
    if as_json:
        click.echo(json.dumps({"schema": "bakau.world/1", "snapshot": None, "folder": str(folder), "seed": seed, **asdict(made)}))
        return
    planted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in made.networks.items())
    alike = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in made.lookalikes.items())
    click.echo(f"{folder}: {made.accounts:,} accounts, {made.transfers:,} transfers in {len(made.records)} files")
    click.echo(f"planted: {planted}  (truth: {folder}.truth)")
    click.echo(f"look-alikes: {alike}")


@world.command("case")
@click.argument("folder", type=click.Path(path_type=Path))
def case(folder: Path) -> None:
    """Write the small case of docs/walkthrough.md to FOLDER: statements, messages, remittances, a wallet, a report and leads."""
    from bakau_ingest.world.case import write_case

    for path in write_case(folder):
        click.echo(path)
