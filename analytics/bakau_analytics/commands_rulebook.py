"""More of the command `indicators`: run rules over a workspace, and write the rulebook."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from bakau.cli import workspace_path
from bakau_analytics.commands_indicators import AS_JSON, PACKS, indicators, load_rules

_NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@indicators.command("run")
@click.argument("rule_ids", metavar="[RULE_ID]...", nargs=-1)
@PACKS
@AS_JSON
@click.pass_context
def run_rules(ctx: click.Context, rule_ids: tuple[str, ...], asked: tuple[str, ...], *, as_json: bool) -> None:
    """Run rules over the newest snapshot and print counts: accounts hit, transfers of evidence, what was missing. Stores nothing, names nobody.

    A rule that the workspace has in shadow is counted apart.
    """
    from bakau_analytics.rulebook.counts import count_rules, count_shadow
    from bakau_graph.archive import Archive

    packs, snapshot = load_rules(ctx, asked), Archive.open(workspace_path(ctx)).snapshot()
    shadow = [rule for rule in packs.shadow if not rule_ids or rule.id in rule_ids]
    named = [name for name in rule_ids if name not in {rule.id for rule in shadow} or name in {rule.id for rule in packs.every}]
    counts = count_rules(snapshot, packs.pick(named) if rule_ids else packs)
    beside = count_shadow(snapshot, shadow)
    if as_json:
        head = {"schema": "bakau.indicator-run/3", "snapshot": snapshot.label, "packs": packs.digest}
        click.echo(json.dumps(head | {"indicators": [asdict(one) for one in counts], "shadow": [asdict(one) for one in beside]}))
        return
    click.echo("\n".join([*(one.line for one in counts), *(f"{one.line}  (in shadow)" for one in beside), f"snapshot {snapshot.label}"]))


@indicators.command("coverage")
@PACKS
@AS_JSON
@click.pass_context
def show_coverage(ctx: click.Context, asked: tuple[str, ...], *, as_json: bool) -> None:
    """Say of each rule on how many transfers of the newest snapshot it can be looked at, and which columns the others lack; and what has no rule."""
    from bakau_analytics.indicators.not_built import load_catalogue
    from bakau_analytics.rulebook.counts import cover_rules
    from bakau_graph.archive import Archive

    packs, snapshot = load_rules(ctx, asked), Archive.open(workspace_path(ctx)).snapshot()
    covered, catalogue = cover_rules(snapshot, packs), load_catalogue()
    if as_json:
        head = {"schema": "bakau.indicator-coverage/2", "snapshot": snapshot.label, "packs": packs.digest}
        rows = [{"class" if name == "rule_class" else name: value for name, value in asdict(one).items()} for one in covered]
        click.echo(json.dumps(head | {"indicators": rows, "not_built": [row.as_object() for row in catalogue.not_built]}))
        return
    for one in covered:
        share = f"{one.transfers * 100 // one.of_transfers:>3} %" if one.of_transfers else "  - "
        click.echo(f"{one.rule}  {one.state:<13} {share} of transfers" + (f"  {one.missing}" if one.missing else ""))
    click.echo(f"{catalogue.describe()} (bakau indicators list)")
    click.echo(f"snapshot {snapshot.label}")


@indicators.command("rulebook")
@PACKS
@click.option("--html", "html_path", type=_NEW_FILE, help="Write the guideline as one HTML page that fetches nothing.")
@click.option("--markdown", "markdown_path", type=_NEW_FILE, help="Write it as Markdown.")
@click.option(
    "--truth",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Truth of a synthetic world: says how each rule of the newest run did on it.",
)
@AS_JSON
@click.pass_context
def write_rulebook(
    ctx: click.Context, asked: tuple[str, ...], html_path: Path | None, markdown_path: Path | None, truth: Path | None, *, as_json: bool
) -> None:
    """Write the guideline for early detection from the packs: each rule with source, harmless explanations and next step."""
    from bakau_analytics.rulebook.content import build_rulebook
    from bakau_analytics.rulebook.page import to_html, to_markdown, write_text
    from bakau_analytics.rulebook.quality import measure_rules
    from bakau_graph.archive import Archive

    packs, archive = load_rules(ctx, asked), Archive.open(workspace_path(ctx)) if truth else None
    cards = measure_rules(archive, truth) if archive and truth else {}
    chapters = build_rulebook(packs, cards)
    if html_path:
        write_text(html_path, to_html(chapters, packs=packs.digest))
    if markdown_path:
        write_text(markdown_path, to_markdown(chapters, packs=packs.digest))
    if as_json:
        rows = [{**asdict(card), "benign_group": card.benign_group} for card in cards.values()]
        entries = sum(len(chapter.entries) for chapter in chapters)
        head = {"schema": "bakau.rulebook/2", "snapshot": archive.snapshot().label if archive else None, "packs": packs.digest}
        click.echo(json.dumps(head | {"chapters": len(chapters), "entries": entries, "quality": rows}))
    elif not html_path and not markdown_path:
        click.echo(to_markdown(chapters, packs=packs.digest), nl=False)


__all__ = ["indicators"]
