"""Commands that compute: `analyse` and `evaluate`. They print counts, never an account; what was found is shown by `findings`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path
from bakau_analytics.commands_indicators import AS_JSON, PACKS, load_rules

if TYPE_CHECKING:
    from bakau_analytics.referrals.newest import ReferralCount
    from bakau_analytics.run import RunSummary

SEED = click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of communities and models.")


URGENT = click.option("--urgent", is_flag=True, help="Look for referrals in the newest batches and for nothing else: seconds, not minutes.")


@click.command()
@SEED
@PACKS
@URGENT
@AS_JSON
@click.pass_context
def analyse(ctx: click.Context, /, seed: int, asked: tuple[str, ...], *, urgent: bool, as_json: bool) -> None:
    """Compute features, indicators, communities and findings for the newest snapshot.

    First it says how many protected accounts show a sign of danger: `bakau referrals` has them, by last payment and never by a score.
    """
    from bakau.progress import progress
    from bakau_analytics.detection import Settings
    from bakau_analytics.referrals.newest import count_referrals
    from bakau_analytics.rulebook.counts import count_shadow
    from bakau_analytics.run import STEPS
    from bakau_analytics.run import analyse as run_analysis
    from bakau_graph.archive import Archive
    from bakau_graph.staleness import describe_staleness

    archive = Archive.open(workspace_path(ctx))
    if urgent:
        _show_urgent(count_referrals(archive.snapshot(), newest_only=True), as_json=as_json)
        return
    packs = load_rules(ctx, asked)
    with progress("analyse", STEPS) as bar:
        summary = run_analysis(archive, packs=packs, settings=Settings(seed=seed), progress=bar)
    shadow = count_shadow(archive.snapshot(), packs.shadow)
    if as_json:
        counted = {"shadow": [asdict(one) for one in shadow]}
        click.echo(json.dumps({"schema": "bakau.analyse/2", **asdict(summary), **counted}))
    else:
        beside = (f"in shadow, opens nothing: {one.rule} {one.version} would hit {one.accounts:,} accounts" for one in shadow)
        click.echo("\n".join([_say_referrals(summary.referrals), *_lines(summary), *beside]))
    if behind := describe_staleness(archive):
        click.echo(behind, err=True)


def _show_urgent(found: ReferralCount, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"schema": "bakau.analyse-urgent/1", **asdict(found)}))
        return
    click.echo(_say_referrals(found.referrals))
    click.echo(_say_review(found.in_review))
    click.echo(f"looked at {len(found.batches)} newest batches of snapshot {found.snapshot} and at nothing else, {found.seconds:.1f} s")


def _say_referrals(count: int) -> str:
    accounts = "account shows" if count == 1 else "accounts show"
    return f"referrals: {count:,} protected {accounts} a sign of danger" + (" (bakau referrals)" if count else "")


def _say_review(count: int) -> str:
    accounts = "account shows" if count == 1 else "accounts show"
    return f"in review: {count:,} {accounts} a sign of danger whose holder's age is not known; no suspects, no numbers"


def _lines(summary: RunSummary) -> list[str]:
    sizes = ", ".join(f"{count:,} at resolution {name}" for name, count in summary.communities.items())
    protected = (
        f"protected: {summary.protected_accounts:,} accounts and {summary.protected_parties:,} persons left out of scoring; "
        f"{summary.findings_with_protected:,} findings touch a protected account (referral first)"
    )
    lines = [
        protected,
        _say_review(summary.in_review),
        f"{summary.accounts:,} accounts scored, {summary.transfers:,} transfers, snapshot {summary.snapshot}",
        f"findings: {summary.network_findings:,} networks, {summary.account_findings:,} accounts",
        f"against the run before: {summary.new:,} new, {summary.changed:,} changed, {summary.gone:,} gone",
        f"communities: {sizes}",
        f"left out of communities: {summary.hubs:,} hubs (more than {summary.hub_degree:,} counterparties)",
        *(f"not evaluable: {name}: {missing}" for name, missing in summary.not_evaluable.items()),
    ]
    state = "stood already, nothing added" if summary.repeated else "stored"
    return [*lines, f"run {summary.run_id} {state}, {summary.seconds:.1f} s"]


READ_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--truth",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="Labels per account (AMLSim nodes.csv or its directory), or the truth of a synthetic world (DIR.truth).",
)
@click.option("--budget", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many findings somebody reads.")
@click.option(
    "--institutions", type=click.IntRange(0, 8), default=0, show_default=True, help="So many of the largest alone and in pairs, too."
)
@click.option("--examples", type=NEW_FILE, help="Write features and labels to this Parquet file, to teach the ceiling of other worlds.")
@click.option("--learn-from", "learned", type=READ_FILE, multiple=True, help="Examples of another world: shows the ceiling. Repeatable.")
@click.option(
    "--with", "others", type=READ_FILE, multiple=True, help="JSON that this command printed for another world: intervals. Repeatable."
)
@click.option("--fairness", is_flag=True, help="Measure too whether it matters where somebody comes from: two more detections.")
@click.option(
    "--group-size",
    type=click.IntRange(1),
    help="Innocents a group must have to be held to the fairness gate. [default: 5000 in a million accounts, less in fewer]",
)
@click.option("--html", type=NEW_FILE, help="Write the figures as one page with plots.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of the models and permutations compared."
)
@AS_JSON
@click.pass_context
def evaluate(
    ctx: click.Context,
    /,
    truth: Path,
    budget: int,
    institutions: int,
    examples: Path | None,
    learned: tuple[Path, ...],
    others: tuple[Path, ...],
    html: Path | None,
    seed: int,
    *,
    fairness: bool,
    group_size: int | None,
    as_json: bool,
) -> None:
    """Score the newest run against labels or a planted truth."""
    from bakau.progress import progress
    from bakau_analytics.detection import Settings
    from bakau_analytics.evaluation.networks import Question
    from bakau_analytics.evaluation.page import write_page
    from bakau_analytics.evaluation.report import evaluate_truth, to_lines
    from bakau_graph.archive import Archive

    archive = Archive.open(workspace_path(ctx))
    question = Question(
        budget=budget, institutions=institutions, examples=learned, examples_out=examples, fairness=fairness, group_size=group_size,
        settings=Settings(seed=seed),
    )  # fmt: skip
    with progress("evaluate") as bar:
        report = evaluate_truth(archive, truth, seed=seed, question=question, others=others, progress=bar)
    if html is not None:
        write_page(report, html)
    click.echo(json.dumps(report) if as_json else "\n".join(to_lines(report)))
