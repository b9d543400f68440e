"""The command `indicators`: what the rules are, where they come from, and whether their own cases hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bakau_analytics.indicators.country import CountryPack
    from bakau_analytics.indicators.pack import PackSet, Rule
    from bakau_analytics.referrals.pack import VictimRule

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
PACKS = click.option(
    "--packs",
    "asked",
    multiple=True,
    help="A shipped pack (ph, au …) or a file, instead of common; texts switches rules on words on. Repeatable.",
)


def load_rules(ctx: click.Context, asked: tuple[str, ...]) -> PackSet:
    """The rules asked for, and those of the workspace where one was named."""
    from bakau_analytics.indicators.load import load_in_force

    return load_in_force(ctx.find_root().obj, asked or None)


@click.group()
def indicators() -> None:
    """List, show, test, run or propose red-flag rules, say what can be looked at and how each does, or write the rulebook."""


@indicators.command("list")
@PACKS
@AS_JSON
@click.pass_context
def list_indicators(ctx: click.Context, asked: tuple[str, ...], *, as_json: bool) -> None:
    """List every rule: id, version, role, class, source, grade and state; then the published rows without a rule, and why.

    Of a workspace (-w) the rules it proposes, too: in shadow they are counted, as drafts they are tried, and neither opens a finding.
    """
    from bakau_analytics.indicators.not_built import load_catalogue

    packs = load_rules(ctx, asked)
    victims = _victim_rows()
    rows = [*(_row(rule, packs) for rule in packs.known), *victims]
    left = load_catalogue().not_built
    if as_json:
        head = {"schema": "bakau.indicators/3", "snapshot": None, "packs": packs.digest}
        click.echo(json.dumps(head | {"indicators": rows, "not_built": [row.as_object() for row in left]}))
        return
    for rule in packs.known:
        click.echo(
            f"{rule.id}  {rule.points.base:+4d}  {rule.role.value:<12} {rule.rule_class}  [{rule.source.grade}]  {rule.title}"
            + _SAY_STATE[packs.state_of(rule)]
        )
    for row in victims:
        click.echo(f"{row['id']}  none  victim       {row['class']}  [{row['grade']}]  {row['title']}: a referral, never a score")
    for one in left:
        click.echo(f"{one.id}  none  not built    {one.rule_class}  {one.title}: {one.reason}")


@indicators.command("show")
@click.argument("rule_id")
@PACKS
@AS_JSON
@click.pass_context
def show_indicator(ctx: click.Context, rule_id: str, asked: tuple[str, ...], *, as_json: bool) -> None:
    """Show one rule whole: parameters, source, benign explanations, runbook line, the SQL it runs."""
    from bakau_analytics.indicators.exclusions import describe

    packs = load_rules(ctx, asked)
    if victim := _find_victim(rule_id):
        _show_victim(victim, packs, as_json=as_json)
        return
    rule = packs.get(rule_id)
    if as_json:
        document = {
            "schema": "bakau.indicator/3",
            "snapshot": None,
            "packs": packs.digest,
            "indicator": _row(rule, packs) | {"sql": rule.sql()},
        }
        click.echo(json.dumps(document))
        return
    lines = [
        f"{rule.id} {rule.version}  {rule.title}",
        f"role {rule.role.value}; class {rule.rule_class}; {', '.join(rule.crime_types)}; needs {', '.join(rule.wants) or 'accounts and times alone'}",
        f"points {rule.points.base:+d}, at most {rule.points.cap:+d}; {rule.threshold_text.format(threshold=f'{rule.limit:,}')}",
        f"channels: {', '.join(rule.channels)}",
        *([f"leaves out {describe(rule.exclusions)}"] if rule.exclusions else []),
        *([f"state{said}"] if (said := _SAY_STATE[packs.state_of(rule)]) else []),
    ]
    click.echo("\n".join([*lines, *_origin(rule)]))


@indicators.command("test")
@PACKS
@AS_JSON
@click.pass_context
def run_tests(ctx: click.Context, asked: tuple[str, ...], *, as_json: bool) -> None:
    """Run every rule's own cases, those of proposed ones too; exit 1 when one does not hold."""
    from bakau_analytics.indicators.trial import run_cases
    from bakau_analytics.referrals.pack import load_victim_pack
    from bakau_analytics.referrals.trial import run_cases as run_victim_cases

    packs = load_rules(ctx, asked)
    trials = [trial for rule in packs.known for trial in run_cases(rule)]
    trials += [trial for victim in load_victim_pack().rules for trial in run_victim_cases(victim)]
    failed = [trial for trial in trials if not trial.passed]
    if as_json:
        rows = [{"rule": t.rule, "case": t.title, "expected": t.expected, "found": t.found, "passed": t.passed} for t in trials]
        click.echo(json.dumps({"schema": "bakau.indicator-cases/1", "snapshot": None, "packs": packs.digest, "cases": rows}))
    else:
        click.echo("\n".join(f"{t.rule}: {t.title}: expected {t.expected}, found {t.found}" for t in failed) or f"{len(trials)} cases hold")
    if failed:
        ctx.exit(1)


@indicators.command("packs")
@click.argument("name", required=False)
@AS_JSON
def list_packs(name: str | None, *, as_json: bool) -> None:
    """List the shipped packs: name, rules, and which rules differ from the common pack. With a NAME also what is published about that country."""
    from bakau_analytics.indicators.difference import compare
    from bakau_analytics.indicators.load import COMMON, load_country, load_shipped, shipped_names

    wanted = (name,) if name else shipped_names()
    common = load_shipped(COMMON)
    differs = {each: sorted({one.rule for one in compare(common, load_shipped(each))}) for each in wanted}
    heads = {each: load_country(each) for each in wanted}
    if as_json:
        rows = [_pack_row(each, len(load_shipped(each).rules), differs[each], heads[each]) for each in wanted]
        click.echo(json.dumps({"schema": "bakau.indicator-packs/2", "snapshot": None, "packs": rows}))
        return
    for each, other in differs.items():
        click.echo(f"{each:<8} {len(load_shipped(each).rules)} rules" + (f"; other than common: {', '.join(other)}" if other else ""))
        if name and (head := heads[each]):
            click.echo("\n".join(f"  {fact.about}: {fact.text}" for fact in head.facts))


def _pack_row(name: str, rules: int, differs: list[str], head: CountryPack | None) -> dict[str, object]:
    facts = [fact.model_dump() for fact in head.facts] if head else []
    return {"pack": name, "country": head.country if head else None, "rules": rules, "differs": differs, "facts": facts}


@indicators.command("diff")
@click.argument("one")
@click.argument("other")
@AS_JSON
@click.pass_context
def diff_packs(ctx: click.Context, one: str, other: str, *, as_json: bool) -> None:
    """Show what differs between two packs, by shipped name or by file: rules that one lacks, and every other number and word."""
    from bakau_analytics.indicators.difference import compare
    from bakau_analytics.indicators.load import load_packs
    from bakau_analytics.indicators.states import load_workspace_rules

    trusted = load_workspace_rules(ctx.find_root().obj).trusted
    left, right = load_packs((one,), trusted=trusted), load_packs((other,), trusted=trusted)
    found = compare(left, right)
    if as_json:
        rows = [{"rule": each.rule, "field": each.field, "one": each.one, "other": each.other} for each in found]
        head = {"schema": "bakau.indicator-diff/1", "snapshot": None, "one": left.digest, "other": right.digest}
        click.echo(json.dumps(head | {"differences": rows}))
        return
    for each in found:
        click.echo(f"{each.rule}  {each.field}: {one} {each.one or 'has none'} | {other} {each.other or 'has none'}")
    if not found:
        click.echo("the same rules")


def _find_victim(rule_id: str) -> VictimRule | None:
    from bakau_analytics.referrals.pack import load_victim_pack

    return next((rule for rule in load_victim_pack().rules if rule.id == rule_id), None)


def _show_victim(rule: VictimRule, packs: PackSet, *, as_json: bool) -> None:
    from bakau_analytics.referrals.listing import victim_row

    if as_json:
        head = {"schema": "bakau.indicator/3", "snapshot": None, "packs": packs.digest}
        click.echo(json.dumps(head | {"indicator": victim_row(rule) | {"sql": rule.sql()}}))
        return
    lines = [
        f"{rule.id} {rule.version}  {rule.title}",
        f"role victim: a referral, never a score; class {rule.rule_class}; {', '.join(rule.crime_types)}",
        f"channels: {', '.join(rule.channels)}",
        f"looks for {rule.looks_for}",
    ]
    click.echo("\n".join([*lines, *_origin(rule)]))


def _origin(rule: Rule | VictimRule) -> list[str]:
    """What is said of every rule in the end: source, number, harmless explanations, next step, the SQL it runs."""
    return [
        f"source: {rule.source.text}",
        f"published number: {rule.source.number}" + (" (threshold: a default of ours)" if rule.default_of_ours else ""),
        "may also be: " + "; ".join(rule.benign),
        f"what to do: {rule.runbook}",
        "",
        rule.sql(),
    ]


def _victim_rows() -> list[dict[str, object]]:
    from bakau_analytics.referrals.listing import victim_row
    from bakau_analytics.referrals.pack import load_victim_pack

    return [victim_row(rule) for rule in load_victim_pack().rules]


#: What the screen says behind a rule; nothing behind one that is in force.
_SAY_STATE = {
    "active": "",
    "off": ": off, a pack switches it on",
    "shadow": ": in shadow, it is counted and opens nothing",
    "draft": ": a draft, it is tried and opens nothing",
}


def _row(rule: Rule, packs: PackSet) -> dict[str, object]:
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "class": rule.rule_class,
        "role": rule.role.value,
        "crime_types": list(rule.crime_types),
        "channels": list(rule.channels),
        "family": rule.family,
        "source": rule.source.publication,
        "address": rule.source.address,
        "grade": rule.source.grade,
        "published_number": rule.source.number,
        "default_of_ours": rule.default_of_ours,
        "state": packs.state_of(rule),
        "needs": list(rule.wants),
        "exclusions": list(rule.exclusions),
        "uses_amounts": rule.uses_amounts,
        "points": rule.points.base,
        "points_cap": rule.points.cap,
        "threshold": rule.limit,
        "benign": list(rule.benign),
        "runbook": rule.runbook,
    }
