"""``bakau path``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--time-respecting", is_flag=True, help="Each transfer no earlier than the one before: could the money have got there?")
@click.option("--max-hops", type=click.IntRange(1, 12), default=4, show_default=True, help="Longest path, in transfers.")
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="Paths to list.")
@desk_options
@click.pass_context
def path(
    ctx: click.Context,
    a: str,
    b: str,
    max_hops: int,
    limit: int,
    purpose: str,
    case_id: str | None,
    *,
    time_respecting: bool,
    as_json: bool,
) -> None:
    """Find paths of money from account A to account B (ids or unique beginnings), shortest first.

    Protected accounts on a path read `protected`; hubs are not crossed and are counted.
    """
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.path(a, b, time_respecting=time_respecting, max_hops=max_hops, limit=limit).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import amount, foot, objects, table, texts

    found = objects(document["paths"])
    if not found:
        click.echo("no path")
    for number, row in enumerate(found, start=1):
        click.echo(f"{number}. " + " → ".join(short(one) for one in texts(row["account_ids"])))
        lines = []
        for hop in objects(row["hops"]):
            sums = "; ".join(amount(one["sum_minor"], one["currency"]) for one in objects(hop["sums"]))
            money = amount(hop["amount_minor"], hop["currency"]) if hop["transfer_id"] else sums
            lines.append(("  ", short(hop["src_id"]), short(hop["dst_id"]), hop["transfers"], money or "not shown", hop["time"]))
        table(("", "from", "to", "transfers", "amount", "time"), lines, right=(3, 4))
    exact = "" if document["left_out_is_exact"] else "at least "
    foot(
        document,
        f"{exact}{document['left_out']} more paths (--limit)" if document["left_out"] else "",
        f"{document['hubs_not_crossed']} hubs were met and not crossed" if document["hubs_not_crossed"] else "",
        "the search stopped early: paths may be missing" if not document["is_complete"] else "",
        "a transfer has no time of day: the order within that day is possible, not known" if document["uses_date_only"] else "",
    )
