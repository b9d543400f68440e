"""``bakau neighbours``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.argument("account_id")
@click.option(
    "--direction", type=click.Choice(["in", "out", "both"]), default="both", show_default=True, help="Who pays it, whom it pays, or both."
)
@click.option("--since", metavar="TIME", help="From this date or time (UTC when no zone is given).")
@click.option("--until", metavar="TIME", help="Before this date or time.")
@click.option("--min", "min_amount", metavar="AMOUNT", help="Transfers of at least this amount only, in major units (125.50).")
@click.option("--currency", metavar="CODE", help="Transfers in this currency only.")
@click.option("--limit", type=click.IntRange(min=1, max=100_000), default=50, show_default=True, help="Neighbours to list.")
@click.option("--order", type=click.Choice(["newest", "largest"]), default="newest", show_default=True, help="What comes first.")
@desk_options
@click.pass_context
def neighbours(
    ctx: click.Context, account_id: str, direction: str, since: str | None, until: str | None, min_amount: str | None, currency: str | None,
    limit: int, order: str, purpose: str, case_id: str | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Show who ACCOUNT_ID (or a unique beginning of it) pays or is paid by, within a window and above a value.

    Protected neighbours are counted and never named.
    """
    from bakau.times import parse_instant
    from bakau_casework.views.walks import Window

    window = Window(
        direction=direction,
        since_us=parse_instant(since) if since else None,
        until_us=parse_instant(until) if until else None,
        min_amount=min_amount,
        currency=currency.upper() if currency else None,
        limit=limit,
        order=order,
    )
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.neighbours(account_id, window=window).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import amount, foot, objects, table

    rows = objects(document["neighbours"])
    lines = []
    for row in rows:
        sums = objects(row["sums"])
        money = "; ".join(amount(one["sum_minor"], one["currency"]) for one in sums)
        largest = "; ".join(amount(one["max_minor"], one["currency"]) for one in sums)
        age = "" if row["age_state"] == "adult_known" else "not known"
        lines.append(
            (
                row["direction"],
                short(row["id"]),
                row["transfers"],
                money,
                largest,
                row["first_ts"],
                row["last_ts"],
                age,
                "hub" if row["is_hub"] else "",
            )
        )
    if not rows:
        click.echo("no neighbours in this window")
    table(("", "account", "transfers", "sum", "largest", "first", "last", "age", ""), lines, right=(2, 3, 4))
    exact = "" if document["left_out_is_exact"] else "at least "
    foot(
        document,
        f"protected ({document['protected_accounts']}), with {document['protected_transfers']} transfers"
        if document["protected_accounts"]
        else "",
        f"{exact}{document['left_out']} more neighbours (--limit)" if document["left_out"] else "",
        f"{document['not_examined']} older transfers were not looked at" if document["not_examined"] else "",
        f"{document['null_amounts']} transfers state no amount" if document["null_amounts"] else "",
    )
