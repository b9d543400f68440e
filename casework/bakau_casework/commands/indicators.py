"""``bakau indicators propose``, ``shadow``, ``activate`` …, beside the commands of the analytics layer that run rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bakau_analytics.commands_indicators import PACKS
from bakau_analytics.commands_quality import indicators
from bakau_casework.commands.options import echo_json, json_option, opened_desk

if TYPE_CHECKING:
    from bakau_casework.view import View

__all__ = ["indicators"]

_WHY = click.option("--why", required=True, help="Why, in a sentence; kept with who and when. No names or numbers of people.")
#: What the screen says of a rule that nobody else agreed to.
ALONE = "one person did it alone: nobody else than who proposed it agreed"


@indicators.command("proposals")
@json_option
@click.pass_context
def proposals(ctx: click.Context, *, as_json: bool) -> None:
    """List the rules that this workspace proposes: how far each came, who moved it, when and why."""
    with opened_desk(ctx) as desk:
        view = desk.proposals()
    _show(view, as_json=as_json)


@indicators.command("propose")
@click.argument("given", metavar="FILE|RULE_ID")
@_WHY
@PACKS
@json_option
@click.pass_context
def propose(ctx: click.Context, given: str, why: str, asked: tuple[str, ...], *, as_json: bool) -> None:
    """Propose the rules of a pack's FILE, or one that a pack has and others lack, as drafts: `test` and `replay` look at them, nothing else does."""
    with opened_desk(ctx) as desk:
        view = desk.propose_rules(given, why, packs=asked)
    _show(view, as_json=as_json)


@indicators.command("draft")
@click.argument("rule_id")
@_WHY
@json_option
@click.pass_context
def draft(ctx: click.Context, rule_id: str, why: str, *, as_json: bool) -> None:
    """Take a proposed rule back to draft: it is tried and no longer counted."""
    _move(ctx, rule_id, "draft", why, as_json=as_json)


@indicators.command("shadow")
@click.argument("rule_id")
@_WHY
@json_option
@click.pass_context
def shadow(ctx: click.Context, rule_id: str, why: str, *, as_json: bool) -> None:
    """Put a proposed rule in shadow: its hits are counted, it adds no points and opens nothing. Its own cases must hold."""
    _move(ctx, rule_id, "shadow", why, as_json=as_json)


@indicators.command("activate")
@click.argument("rule_id")
@_WHY
@json_option
@click.pass_context
def activate(ctx: click.Context, rule_id: str, why: str, *, as_json: bool) -> None:
    """Put a rule that was in shadow in force, from the next analysis on. A second person does it; alone in a single-user workspace, and it says so."""
    _move(ctx, rule_id, "active", why, as_json=as_json)


@indicators.command("retire")
@click.argument("rule_id")
@_WHY
@json_option
@click.pass_context
def retire(ctx: click.Context, rule_id: str, why: str, *, as_json: bool) -> None:
    """Switch a proposed rule off; where a pack has one of the same id, that one is in force again."""
    _move(ctx, rule_id, "off", why, as_json=as_json)


@indicators.command("keys")
@json_option
@click.pass_context
def keys(ctx: click.Context, *, as_json: bool) -> None:
    """List the keys that may sign packs; where there is one, a pack from a file needs its signature."""
    with opened_desk(ctx) as desk:
        view = desk.keys()
    _show_keys(view, as_json=as_json)


@indicators.command("trust")
@click.argument("key")
@click.option("--label", required=True, help="Whose key it is: an authority, an institution. Kept in clear: no names of people.")
@json_option
@click.pass_context
def trust(ctx: click.Context, key: str, label: str, *, as_json: bool) -> None:
    """Trust a public KEY (64 hexadecimal digits): packs from files are refused from now on unless a listed key signed them."""
    with opened_desk(ctx) as desk:
        view = desk.trust_key(key, label)
    _show_keys(view, as_json=as_json)


@indicators.command("distrust")
@click.argument("key")
@json_option
@click.pass_context
def distrust(ctx: click.Context, key: str, *, as_json: bool) -> None:
    """Take packs that this public KEY signed no longer."""
    with opened_desk(ctx) as desk:
        view = desk.distrust_key(key)
    _show_keys(view, as_json=as_json)


def _move(ctx: click.Context, rule_id: str, state: str, why: str, *, as_json: bool) -> None:
    with opened_desk(ctx) as desk:
        view = desk.move_rule(rule_id, state, why)
    _show(view, as_json=as_json)


def _show(view: View, *, as_json: bool) -> None:
    from bakau_casework.commands.screen import clean, foot, objects

    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    rows = objects(document["proposals"])
    click.echo("" if rows else "no rule was proposed", nl=not rows)
    for row in rows:
        click.echo(clean(f"{row['rule_id']} {row['version']}  {row['state']}  {row['title']}"))
        for step in objects(row["moves"]):
            click.echo(
                clean(f"  {step['time']}  {step['state']:<6} by {step['person']}: {step['why']}" + (f" ({ALONE})" if step["alone"] else ""))
            )
    foot(document)


def _show_keys(view: View, *, as_json: bool) -> None:
    from bakau_casework.commands.screen import foot, objects, table

    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    rows = objects(document["keys"])
    table(("key", "label", "trusted by", "when"), [(row["key"], row["label"], row["person"], row["time"]) for row in rows])
    foot(document, "" if rows else "no key is listed: any pack is taken")
