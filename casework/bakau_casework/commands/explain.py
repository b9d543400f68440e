"""``bakau explain``."""

from __future__ import annotations

from typing import cast

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk

#: Payments of which two files tell, listed below the evidence.
_MOST_ALSO = 10
#: Requests listed below that.
_MOST_ASKS = 3


@click.command()
@click.argument("finding_id")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Evidence transfers to list, oldest first.")
@desk_options
@click.pass_context
def explain(ctx: click.Context, finding_id: str, limit: int, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Say why FINDING_ID (or a unique beginning of it) is a finding, in sentences, with its evidence down to file and line."""
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.explain(finding_id, limit=limit).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import amount, clean, foot, objects, table, texts

    finding = cast("dict[str, object]", document["finding"])
    click.echo(
        f"finding {finding['finding_id']}, revision {finding['revision']}"
        + (f", continues {finding['previous']}" if finding["previous"] else "")
    )
    click.echo()
    for sentence in texts(document["sentences"]):
        click.echo(f"* {clean(sentence)}")
    click.echo()
    subjects = objects(finding["subjects"])
    table(
        ("subject", "role", "rests on", "age", "points"),
        [(short(one["id"]), one["role"], one["role_basis"], one["age_state"], one["points"]) for one in subjects[:25]],
        right=(4,),
    )
    if len(subjects) > 25:
        click.echo(f"and {len(subjects) - 25} more subjects (--json lists all)")
    click.echo()
    rows = objects(document["evidence"])
    table(
        ("time", "from", "to", "amount", "evidence for", "file", "line"),
        [
            (row["time"], short(row["src_id"]), short(row["dst_id"]), amount(row["amount_minor"], row["currency"]), ", ".join(texts(row["reasons"])), row["file"], row["line"])
            for row in rows
        ],
        right=(3, 6),
    )  # fmt: skip
    also = [(row, place) for row in rows for place in texts(row["also_in"])]
    for row, place in also[:_MOST_ALSO]:
        click.echo(f"{clean(row['file'])}, line {row['line']} is one payment with {clean(place)}")
    if len(also) > _MOST_ALSO:
        click.echo(f"and {len(also) - _MOST_ALSO} more that two files tell of (--json lists all)")
    for one in objects(document["asks"])[:_MOST_ASKS]:
        wanted = ", ".join(texts(one["columns"])) or f"payments {one['side']}"
        click.echo(
            clean(
                f"ask {one['institution_id']} for {wanted}: {one['transfers']} transfers, up to {one['narrows']} points surer ({', '.join(texts(one['rules']))})"
            )
        )
    if document["asks"]:
        click.echo(f"`bakau ask {short(finding['finding_id'])}` drafts the first")
    left = document["evidence_left_out"]
    foot(
        document,
        f"{len(rows)} of {document['evidence_total']} evidence transfers (--limit shows more)"
        if left
        else f"{len(rows)} evidence transfers",
    )
