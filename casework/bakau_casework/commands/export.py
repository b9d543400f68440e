"""``bakau export``."""

from __future__ import annotations

from pathlib import Path

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk

WHAT = ("scores", "findings", "communities", "features", "transfers")
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("what", metavar="scores|findings|communities|features|transfers|FINDING_ID")
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Write CSV here, and FILE.meta.json beside it.")
@click.option("--parquet", "parquet_path", type=click.Path(dir_okay=False, path_type=Path), help="Write Parquet here.")
@click.option(
    "--html", "html_path", type=_FILE, help="Draw the finding to this file (or into this directory): one page that needs nothing else."
)
@click.option("--force", is_flag=True, help="With --html: overwrite a file that stands there.")
@desk_options
@click.pass_context
def export(
    ctx: click.Context, what: str, csv_path: Path | None, parquet_path: Path | None, html_path: Path | None, purpose: str, case_id: str | None, *,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write scores, findings, communities, features or transfers to CSV or Parquet for other tools, or draw one finding as a page that can be passed on.

    No cell starts a formula; the file says which snapshot and run it stands on. Protected accounts have no row and no name.
    """
    from bakau.errors import InputError

    if what not in WHAT:
        if html_path is None or csv_path is not None or parquet_path is not None:
            raise InputError(f"{what} is no table to export", hint=f"one of {', '.join(WHAT)}; a finding is drawn with --html FILE")
        _export_picture(ctx, what, html_path, purpose=purpose, case_id=case_id, force=force, as_json=as_json)
        return
    if html_path is not None:
        raise InputError("a table is no picture", hint="--html draws one finding: bakau export FINDING_ID --html FILE")
    if csv_path is None and parquet_path is None:
        raise InputError("nowhere to write to", hint="--csv FILE or --parquet FILE")
    _export_table(ctx, what, csv_path, parquet_path, purpose=purpose, case_id=case_id, as_json=as_json)


def _export_table(
    ctx: click.Context, what: str, csv_path: Path | None, parquet_path: Path | None, *, purpose: str, case_id: str | None, as_json: bool
) -> None:
    from bakau.progress import progress
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

        valueless = view.facts.get("null_values")
        said = f"; {valueless} of them without a value in a reporting currency" if valueless else ""
        click.echo(f"{len(view.rows)} rows of {what} written ({forms}){said}")
        foot(document)


def _export_picture(
    ctx: click.Context, finding_id: str, path: Path, *, purpose: str, case_id: str | None, force: bool, as_json: bool
) -> None:
    from bakau_casework.documents import picture_document
    from bakau_casework.drawing import draw_view
    from bakau_casework.export import choose_html_path, write_html

    if not path.is_dir():
        choose_html_path(path, "", force=force)  # refused before anything is asked
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        view = desk.picture(finding_id)
    chosen = choose_html_path(path, f"finding-{view.facts['finding_id']}", force=force)
    picture = draw_view(view)
    write_html(picture, chosen)
    document = picture_document(view, chosen.name, picture.sha256)
    if as_json:
        echo_json(document)
    else:
        from bakau_casework.commands.screen import foot

        click.echo(f"finding {document['finding_id']} drawn: {document['accounts']} accounts, {document['links']} links")
        foot(document, f"SHA-256 of its content {picture.sha256}")
