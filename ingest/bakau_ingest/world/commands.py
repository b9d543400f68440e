"""The commands that make worlds: `world make`, `world exam`, `world case`. `world check` lives in casework, which may ask analytics as well."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakau_ingest.world.make import Order

Function = TypeVar("Function", bound="Callable[..., object]")

#: Forms in which a world is written.
FORMS = ("parquet", "files")


@click.group()
def world() -> None:
    """Make a synthetic world with planted networks and look-alikes."""


def _world_options(function: Function) -> Function:
    """What `make` and `exam` share."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
        click.option("--institution", metavar="CODE", help="Write only what one institution sees, such as PH-WALLET-1."),
        click.option("--as", "form", type=click.Choice(FORMS), default="parquet", show_default=True, help="Canonical Parquet, or the rails' own files."),
        click.option("--networks", type=click.IntRange(2), help="How many networks are planted; one for about 4,700 accounts when not said."),
        click.option("--days", type=int, default=180, show_default=True, help="How many days of payments."),
    ):  # fmt: skip
        function = option(function)
    return function


@world.command("make")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--accounts", type=int, default=20_000, show_default=True, help="How many accounts.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed gives the same bytes.")
@_world_options
def make(
    folder: Path, accounts: int, seed: int, days: int, networks: int | None, form: str, institution: str | None, *, as_json: bool
) -> None:
    """Write a world to FOLDER, and what was planted to FOLDER.truth."""
    from bakau_ingest.world.make import Order

    order = Order(accounts, seed, days, networks=networks, text=form == "files", institution=institution)
    _write(folder, order, as_json=as_json)


@world.command("exam")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--accounts", type=int, default=100_000, show_default=True, help="How many accounts.")
@click.option("--seed", type=click.IntRange(0), required=True, help="Draws the habits, and everything else.")
@_world_options
def exam(
    folder: Path, accounts: int, seed: int, days: int, networks: int | None, form: str, institution: str | None, *, as_json: bool
) -> None:
    """Write a world whose people have habits nobody has seen: prices, hours, corridors, lifetimes drawn from wide priors."""
    from bakau_ingest.world.habits import draw_habits
    from bakau_ingest.world.make import Order

    order = Order(
        accounts, seed, days, networks=networks, habits=draw_habits(seed), kind="exam", text=form == "files", institution=institution
    )
    _write(folder, order, as_json=as_json)


def _write(folder: Path, order: Order, *, as_json: bool) -> None:
    from bakau.progress import progress
    from bakau_ingest.world.make import make_world

    with progress("world") as bar:
        made = make_world(folder, order, progress=bar)
    if as_json:
        head = {"schema": "bakau.world/1", "snapshot": None, "folder": str(folder), "seed": order.seed}
        click.echo(json.dumps({**head, **asdict(made)}))
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
