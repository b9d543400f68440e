"""``bakau account``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk


@click.command()
@click.argument("account_id")
@desk_options
@click.pass_context
def account(ctx: click.Context, account_id: str, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Show one account, by id or a unique beginning of it: what is known of it and where from."""
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.account(account_id).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau.ids import short
    from bakau_casework.commands.screen import amount, clean, facts, foot, objects, table, texts

    row = document["account"]
    if not isinstance(row, dict):
        click.echo("protected: nothing about this account is shown")
        foot(document)
        return
    plain = ("id", "kind", "number", "scheme", "institution_id", "country", "currency", "opened", "status", "product", "mcc")
    facts([(name.replace("_id", ""), row[name]) for name in plain])
    age = "known to be an adult's" if row["age_state"] == "adult_known" else "not known: establish before naming"
    balance = amount(row["balance_minor"], row["currency"] or "XXX") if row["balance_minor"] is not None else None
    placeholder = "placeholder: transfers refer to it, no record describes it" if row["stub"] else None
    facts([("age", age), ("balance at opening", balance), ("note", placeholder), ("from", f"{clean(row['file'])}, line {row['line']}")])
    names = texts(row["holder_names"]) or [""] * len(objects(row["holders"]))
    table(
        ("holder", "role", "kind", "country", "name"),
        [
            (short(one["party_id"]), one["role"], one["kind"], one["country"], name)
            for one, name in zip(objects(row["holders"]), names, strict=False)
        ],
    )
    _show_tags(row)
    click.echo()
    table(
        ("money", "transfers", "others", "sum", "largest", "first", "last"),
        [
            (one["direction"], one["transfers"], one["counterparties"], amount(one["sum_minor"], one["currency"]), amount(one["max_minor"], one["currency"]), one["first"], one["last"])
            for one in objects(row["flows"])
        ],
        right=(1, 2, 3, 4),
    )  # fmt: skip
    if row["points"] is not None:
        click.echo(f"\nscore {row['points']}")
        table(
            ("reason", "version", "kind", "points"),
            [(one["name"], one["version"], one["kind"], one["contribution"]) for one in objects(row["contributions"])],
            right=(3,),
        )
    for one in objects(row["findings"]):
        click.echo(f"{one['as']} of finding {short(one['finding_id'])} (score {one['score']})")
    foot(document)


def _show_tags(row: dict[str, object]) -> None:
    """Who says what: statements of others, never findings of ours."""
    from bakau_casework.commands.screen import clean, objects, texts

    words = texts(row["tag_texts"]) or [""] * len(objects(row["tags"]))
    for one, text in zip(objects(row["tags"]), words, strict=False):
        said = " ".join(clean(word) for word in (one["concept"], one["label"]) if word)
        click.echo(f"{one['on']}: {said} ({clean(one['confidence'])}), says {clean(one['giver'])} on {clean(one['asserted'])}; no finding")
        if text:
            click.echo(f"  {clean(text)}")
