"""``bakau methods``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bakau_casework.commands.options import echo_json, json_option, opened_desk

if TYPE_CHECKING:
    from bakau_casework.view import View


@click.group()
def methods() -> None:
    """Note emerging methods that no rule looks for yet, each with its source, or list them."""


@methods.command("add")
@click.option("--says", required=True, help="What is done, in a few sentences. Kept in clear: no names, numbers or handles of people.")
@click.option("--first-seen", required=True, metavar="DATE", help="The day it was first seen or published (2026-03-31).")
@click.option("--source", required=True, help="Who says so: a publication, an authority, an institution.")
@click.option("--address", default="", help="Where that can be read (https://…).")
@click.option(
    "--channel", "channels", multiple=True, metavar="RAIL", help="A rail it goes over: bank, card, cash, crypto, e_wallet … Repeatable."
)
@click.option("--rule", "rule_id", metavar="RULE_ID", help="The rule that looks for it, or is proposed to.")
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    says: str,
    first_seen: str,
    source: str,
    address: str,
    channels: tuple[str, ...],
    rule_id: str | None,
    *,
    as_json: bool,
) -> None:
    """Note a method; prints it as it is kept."""
    with opened_desk(ctx) as desk:
        view = desk.add_method(says, first_seen=first_seen, source=source, address=address, channels=channels, rule_id=rule_id)
    _show(view, as_json=as_json)


@methods.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List what was noted, the method first seen last on top."""
    from bakau_casework.commands.screen import foot, objects, table, texts

    with opened_desk(ctx) as desk:
        document = desk.methods().to_document()
    if as_json:
        echo_json(document)
        return
    rows = objects(document["methods"])
    table(("method", "first seen", "rails", "rule", "what is said"), [
        (row["method_id"], row["first_seen"], ", ".join(texts(row["channels"])), _say_rule(row), row["says"]) for row in rows
    ])  # fmt: skip
    foot(document, f"{len(rows)} methods")


@methods.command("show")
@click.argument("method_id", metavar="METHOD")
@json_option
@click.pass_context
def show(ctx: click.Context, method_id: str, *, as_json: bool) -> None:
    """Show one METHOD (id or unique beginning) with its source."""
    with opened_desk(ctx) as desk:
        view = desk.method(method_id)
    _show(view, as_json=as_json)


def _show(view: View, *, as_json: bool) -> None:
    from bakau_casework.commands.screen import facts, foot, texts

    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    row = document["method"]
    if isinstance(row, dict):
        names = ("method_id", "first_seen", "says", "source", "address")
        said = {"rails": ", ".join(texts(row["channels"])), "listed words": ", ".join(texts(row["tokens"])), "rule": _say_rule(row)}
        facts(
            [*((name.replace("_", " "), row[name]) for name in names), *said.items(), ("noted by", row["person"]), ("noted", row["time"])]
        )
    foot(document)


def _say_rule(row: dict[str, object]) -> str:
    state = f" ({row['rule_state']})" if row["rule_state"] else ""
    return f"{row['rule_id']}{state}" if row["rule_id"] else ""
