"""``bakau agecontrol``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@desk_options
@click.pass_context
def agecontrol(ctx: click.Context, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Report, per provider and tier, wallets of known adults that are used as a child would and are credited from abroad.

    Numbers about providers, not about people: none below five is said.
    """
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.age_control().to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau_casework.commands.screen import foot, objects, table

    rows = objects(document["providers"])
    if not rows:
        click.echo("no provider holds five wallets")
    names = ("wallets", "adult", "childlike", "gap")
    table(
        ("provider", "tier", "wallets", "of adults", "used like a child's", "credited from abroad"),
        [(row["institution_id"], row["tier"], *("not said" if row[name] is None else row[name] for name in names)) for row in rows],
        right=(2, 3, 4, 5),
    )
    share = f"{int(str(document['min_play_ppm'])) // 10_000} %"
    foot(
        document,
        f"used like a child's: at least {document['min_payments']} payments, {share} of them for games, gifts or play (defaults of ours)",
    )
