"""``bakau ask``."""

from __future__ import annotations

import click

from bakau_casework.commands.options import desk_options, echo_json, opened_desk

#: What a column is called in a letter.
COLUMN_WORDS = {
    "amount": "the amount",
    "currency": "the currency",
    "time_known": "the time of day",
    "local_hour": "the payer's local time",
    "src_country": "the country the money came from",
    "dst_country": "the country the money went to",
    "dst_outlet": "the outlet that paid it out",
    "dst_kind": "what kind of account it is",
    "src_institution": "the institution the money came from",
    "dst_institution": "the institution the money went to",
    "src_owner": "who holds the account",
    "dst_owner": "who holds the account",
    "src_status": "the state of the account",
    "dst_opened": "the day the account was opened",
    "dst_tier": "how far its holder was checked (the tier)",
    "dst_contact": "the phone, the document, the device or the address it is used with",
}
SIDE_WORDS = {"out": "every payment that left the account", "in": "every payment that reached the account"}


@click.command()
@click.argument("finding_id")
@click.option(
    "--number", type=click.IntRange(min=1), default=1, show_default=True, help="Which of the finding's requests; 1 tells most per record."
)
@desk_options
@click.pass_context
def ask(ctx: click.Context, finding_id: str, number: int, purpose: str, case_id: str | None, *, as_json: bool) -> None:
    """Draft a request for the records that would tell most about a finding, for as few records as can be.

    The draft names accounts of the institution that is asked and nothing else: no score, no reason, nobody else's account. A person sends it.
    """
    with opened_desk(ctx, purpose=purpose, case_id=case_id) as desk:
        document = desk.ask(finding_id, number=number).to_document()
    echo_json(document) if as_json else _show(document)


def _show(document: dict[str, object]) -> None:
    from bakau_casework.commands.screen import clean, foot, objects, texts

    wanted = SIDE_WORDS.get(str(document["side"])) or ", ".join(dict.fromkeys(COLUMN_WORDS[name] for name in texts(document["columns"])))
    click.echo(f"To: {clean(document['institution_id'])}")
    click.echo(f"Please send, for each account below and its period: {wanted}.")
    click.echo("Please send nothing else, and tell nobody that you were asked.")
    for row in objects(document["accounts"]):
        click.echo(
            clean(
                f"  {row['number'] or row['account_id']}: {row['first_day']} to {row['last_day']}, {row['transfers']} transfers {row['direction']}"
            )
        )
    left_out = document["protected_left_out"]
    click.echo()
    foot(
        document,
        f"request {document['number']} of {document['requests']}; could make the score surer by up to {document['narrows']} points (not for the letter)",
        f"{left_out} protected accounts left out" if left_out else "",
        "a person sends it, outside this program",
    )
