"""The command ``rates``: dated exchange rates that somebody supplies, by which transfers are worth something in one currency."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau_graph.archive import Archive
    from bakau_graph.archive.rates import RateTable

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group()
def rates() -> None:
    """Load dated exchange rates, or list them: what transfers are worth in one reporting currency."""


@rates.command("load")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--reporting", metavar="CURRENCY", help="Currency that transfers are valued in from now on; needed once.")
@AS_JSON
@click.pass_context
def load_file(ctx: click.Context, path: Path, reporting: str | None, *, as_json: bool) -> None:
    """Add a CSV of rates (date, base, quote, rate, source). Later tables win; no fact changes and nothing is loaded anew."""
    from bakau.money import get_currency
    from bakau_graph.archive import Archive
    from bakau_ingest.load import hash_file
    from bakau_ingest.rates import read_rates

    archive = Archive.open(workspace_path(ctx))
    if reporting is not None:
        get_currency(reporting)
    table = archive.add_rates(hash_file(path), read_rates(path), reporting=reporting)
    if as_json:
        click.echo(json.dumps(_document(archive, [table])))
    else:
        click.echo(f"rates {table.number}: {table.rows:,} rates stand; transfers are valued in {table.reporting}")


@rates.command("list")
@AS_JSON
@click.pass_context
def list_tables(ctx: click.Context, *, as_json: bool) -> None:
    """List the tables of rates that were loaded, oldest first."""
    from bakau.times import format_us
    from bakau_graph.archive import Archive

    archive = Archive.open(workspace_path(ctx))
    tables = archive.rate_tables()
    if as_json:
        click.echo(json.dumps(_document(archive, tables)))
        return
    for table in tables:
        click.echo(f"{table.number}  {format_us(table.loaded_us)}  {table.loaded_by}  {table.rows:,} rates  values in {table.reporting}")
    if not tables:
        click.echo("no rates: transfers have no value in a common currency (bakau rates load FILE --reporting USD)", err=True)


def _document(archive: Archive, tables: list[RateTable]) -> dict[str, object]:
    from bakau.times import format_us

    rows = [
        {"number": one.number, "file_sha256": one.file_sha256, "reporting": one.reporting, "rates": one.rows, "loaded": format_us(one.loaded_us), "loaded_by": one.loaded_by}
        for one in tables
    ]  # fmt: skip
    return {"schema": "bakau.rates/1", "snapshot": archive.snapshot().label, "tables": rows}
