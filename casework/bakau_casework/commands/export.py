"""``bakau export``."""

from __future__ import annotations

from pathlib import Path

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk

WHAT = ("scores", "findings", "communities", "transfers")


@click.command()
@click.argument("what", type=click.Choice(WHAT))
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Write CSV here, and FILE.meta.json beside it.")
@click.option("--parquet", "parquet_path", type=click.Path(dir_okay=False, path_type=Path), help="Write Parquet here.")
@desk_options
@click.pass_context
def export(
    ctx: click.Context, what: str, csv_path: Path | None, parquet_path: Path | None, purpose: str, case_id: str | None, *, as_json: bool
) -> None:
    """Write scores, findings, communities or transfers to CSV or Parquet for other tools.

    No cell starts a formula; the file says which snapshot and run it stands on. Protected accounts have no row and no name.
    """
    from bakau.errors import InputError
    from bakau.progress import progress

    if csv_path is None and parquet_path is None:
        raise InputError("nowhere to write to", hint="--csv FILE or --parquet FILE")
    from bakau_casework.documents import export_document
    from bakau_casework.export import write_csv, write_parquet

    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk, progress(f"exporting {what}"):
        view = desk.export(what)
        if csv_path is not None:
            write_csv(view, csv_path)
        if parquet_path is not None:
            write_parquet(view, parquet_path)
    forms = "+".join(name for name, path in (("csv", csv_path), ("parquet", parquet_path)) if path)
    document = export_document(view, what, forms)
    if as_json:
        echo_json(document)
    else:
        from bakau_casework.commands.screen import foot

        click.echo(f"{len(view.rows)} rows of {what} written ({forms})")
        foot(document)
