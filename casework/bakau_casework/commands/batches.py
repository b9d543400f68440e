"""``bakau batches`` and ``bakau rejects``."""

from __future__ import annotations

from pathlib import Path

import click

from bakau_casework.commands.options import desk_options, echo_json, json_option, opened_desk


@click.command()
@json_option
@click.pass_context
def batches(ctx: click.Context, *, as_json: bool) -> None:
    """List what was loaded: file, source, counts, state. Received = loaded + rejected + duplicates, always."""
    with opened_desk(ctx) as desk:
        document = desk.batches().to_document()
    echo_json(document) if as_json else _show_batches(document)


def _show_batches(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import foot, objects, table, texts

    rows = objects(document["batches"])
    if not rows:
        click.echo("nothing was loaded yet")
    headings = ("batch", "source", "file", "loaded at", "by", "received", "loaded", "rejected", "duplicates", "state")
    lines = []
    for row in rows:
        counts = [row[name] for name in ("received", "accepted", "rejected", "duplicates")]
        reasons = "; ".join(texts(row["incomplete"]))
        state = f"withdrawn: {row['withdrawn_reason']}" if row["is_withdrawn"] else f"incomplete: {reasons}" if reasons else ""
        lines.append([short(row["batch_id"]), row["source_id"], row["file"], row["loaded"], row["loaded_by"], *counts, state])
    table(headings, lines, right=(5, 6, 7, 8))
    foot(document)


@click.command()
@click.argument("batch_id", metavar="BATCH")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Rows to list on the screen.")
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Write all of them to this file instead.")
@desk_options
@click.pass_context
def rejects(
    ctx: click.Context, batch_id: str, limit: int, csv_path: Path | None, purpose: str, case_id: str | None, *, as_json: bool
) -> None:
    """List the records of BATCH (id or unique beginning) that were rejected: line, column, reason, and the value's shape, never the value."""
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        view = desk.rejects(batch_id, limit=None if csv_path or as_json else limit)
    if csv_path is not None:
        from bakau_casework.export import write_csv

        write_csv(view, csv_path)
        click.echo(f"{len(view.rows)} rows written", err=True)
    if as_json:
        echo_json(view.to_document())
    elif csv_path is None:
        _show_rejects(view.to_document())


def _show_rejects(document: dict[str, object]) -> None:
    from bakau_casework.commands.screen import foot, objects, table

    rows = objects(document["rejects"])
    names = ("line", "table", "column", "code", "reason", "shape")
    table(names, [[row[name] for name in names] for row in rows], right=(0,))
    codes = ", ".join(f"{one['code']} {one['rows']}" for one in objects(document["codes"]))
    foot(
        document,
        f"{document['rejected']} of {document['received']} records rejected" + (f": {codes}" if codes else ""),
        f"{document['left_out']} more rows (--limit, --csv)" if document["left_out"] else "",
    )
