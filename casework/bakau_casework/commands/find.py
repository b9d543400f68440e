"""``bakau find``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.argument("text")
@click.option("--limit", type=click.IntRange(min=1, max=1000), default=20, show_default=True, help="Accounts to list.")
@desk_options
@click.pass_context
def find(ctx: click.Context, text: str, limit: int, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Search accounts by id (or its beginning), by exact number, and by name where the purpose shows names.

    The audit log keeps a keyed hash of TEXT, never the text.
    """
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.find(text, limit=limit).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import foot, objects, table, texts

    rows = objects(document["accounts"])
    if not rows:
        click.echo("nothing found")
    columns = ("matched_by", "kind", "institution_id", "country", "currency", "age_state", "number", "holder_names")
    used = [name for name in columns if any(row[name] is not None for row in rows)]
    table(("account", *(name.replace("_", " ") for name in used)), [(short(row["id"]), *(row[name] for name in used)) for row in rows])
    protected, left = document["protected"], document["left_out"]
    foot(
        document,
        f"protected ({protected})" if protected else "",
        f"{left} more matches (--limit)" if left else "",
        "not searched: " + ", ".join(texts(document["not_searched"])) if document["not_searched"] else "",
    )
