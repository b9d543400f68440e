"""Commands that compute: `analyse` and `evaluate`. They print counts, never an account; what was found is shown by `findings`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau_analytics.run import RunSummary

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
SEED = click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Seed of communities and models.")
PACKS = click.option(
    "--packs", "paths", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="Pack files instead of the shipped one."
)


@click.command()
@SEED
@PACKS
@AS_JSON
@click.pass_context
def analyse(ctx: click.Context, /, seed: int, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Compute features, indicators, communities and findings for the newest snapshot."""
    from bakau.progress import progress
    from bakau_analytics.detection import Settings
    from bakau_analytics.indicators.pack import load_packs
    from bakau_analytics.run import STEPS
    from bakau_analytics.run import analyse as run_analysis
    from bakau_graph.archive import Archive
    from bakau_graph.staleness import describe_staleness

    archive = Archive.open(workspace_path(ctx))
    packs = load_packs(paths or None)
    with progress("analyse", STEPS) as bar:
        summary = run_analysis(archive, packs=packs, settings=Settings(seed=seed), progress=bar)
    if as_json:
        click.echo(json.dumps({"schema": "bakau.analyse/1", **asdict(summary)}))
    else:
        click.echo("\n".join(_lines(summary)))
    if behind := describe_staleness(archive):
        click.echo(behind, err=True)


def _lines(summary: RunSummary) -> list[str]:
    sizes = ", ".join(f"{count:,} at resolution {name}" for name, count in summary.communities.items())
    protected = (
        f"protected: {summary.protected_accounts:,} accounts and {summary.protected_parties:,} persons left out of scoring; "
        f"{summary.findings_with_protected:,} findings touch a protected account (referral first)"
    )
    lines = [
        protected,
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
    question = Question(budget=budget, institutions=institutions, examples=learned, examples_out=examples, settings=Settings(seed=seed))
    with progress("evaluate") as bar:
        report = evaluate_truth(archive, truth, seed=seed, question=question, others=others, progress=bar)
    if html is not None:
        write_page(report, html)
    click.echo(json.dumps(report) if as_json else "\n".join(to_lines(report)))
