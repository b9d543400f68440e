"""The command ``jobs``: supplies of files, loaded once or watched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from bakau_ingest.job_rounds import JobReport, RoundReport
    from bakau_ingest.jobs import Job

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a round on stdout.")
PAGE = click.argument("page", metavar="JOBS.yaml", type=click.Path(path_type=Path))
COUNTS = ("received", "loaded", "rejected", "duplicates")


@click.group()
def jobs() -> None:
    """Load supplies of files as a jobs file says: once, or whenever new ones arrive."""


@jobs.command()
@PAGE
@click.option("--job", "names", multiple=True, metavar="NAME", help="Only this job; may be given several times.")
@AS_JSON
@click.pass_context
def run(ctx: click.Context, page: Path, names: tuple[str, ...], *, as_json: bool) -> None:
    """Do every job once, in order, and bring the network in step. The exit code is that of the worst that happened."""
    from bakau.progress import progress
    from bakau_graph.archive import Archive
    from bakau_ingest.after_load import tell_after_ingest
    from bakau_ingest.job_rounds import run_jobs
    from bakau_ingest.jobs import load_jobs

    found = load_jobs(page)
    archive = Archive.open(workspace_path(ctx))
    chosen = _choose(found.jobs, names)
    with progress("jobs") as bar:
        report = run_jobs(archive, found, chosen, progress=bar)
    _print(report, as_json=as_json)
    tell_after_ingest(archive.workspace)
    ctx.exit(report.exit_code)


@jobs.command()
@PAGE
@click.option("--settle", "settle_s", type=click.FloatRange(min=0.1, max=3_600), default=5.0, show_default=True, help="Seconds a file stands still before it is taken.")  # fmt: skip
@AS_JSON
@click.pass_context
def watch(ctx: click.Context, page: Path, settle_s: float, *, as_json: bool) -> None:
    """Do jobs when they are due until told to stop (TERM or Ctrl-C); the file at hand is finished first."""
    import signal
    from threading import Event

    from bakau_graph.archive import Archive
    from bakau_ingest.after_load import tell_after_ingest
    from bakau_ingest.job_rounds import Watcher
    from bakau_ingest.jobs import load_jobs

    found = load_jobs(page)
    archive = Archive.open(workspace_path(ctx))
    watcher = Watcher(archive, found, settle_s=settle_s)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    click.echo(f"watching {len(found.jobs)} jobs; TERM or Ctrl-C stops", err=True)
    while not stopped.is_set():
        report = watcher.do_round(stopped.is_set)
        if report is not None:
            _print(report, as_json=as_json)
            tell_after_ingest(archive.workspace)
        stopped.wait(watcher.seconds_to_next())
    click.echo("stopped", err=True)


@jobs.command()
def example() -> None:
    """Print a jobs file with six supplies, to copy and change; it fits a synthetic world."""
    from importlib.resources import files

    click.echo((files("bakau_ingest.examples") / "jobs.yaml").read_text(encoding="utf-8"), nl=False)


def _choose(found: tuple[Job, ...], names: tuple[str, ...]) -> list[Job]:
    from bakau.errors import NotFoundError

    unknown = sorted(set(names) - {job.name for job in found})
    if unknown:
        raise NotFoundError(f"no job {', '.join(unknown)}", hint="jobs: " + ", ".join(job.name for job in found))
    return [job for job in found if not names or job.name in names]


def _print(report: RoundReport, *, as_json: bool) -> None:
    from bakau.cli import report as say

    if as_json:
        click.echo(json.dumps(_document(report)))
    else:
        _print_table(report)
    for job in report.jobs:
        for name, error in job.failures:
            click.echo(f"job {job.name}, {name}:", err=True)
            say(error)
    if report.network_failure is not None:
        click.echo("the facts are loaded, the network is not in step:", err=True)
        say(report.network_failure)


def _print_table(report: RoundReport) -> None:
    width = max(len("job"), *(len(job.name) for job in report.jobs))
    click.echo(f"{'job':<{width}}  {'files':>6}" + "".join(f"  {name:>11}" for name in COUNTS) + f"  {'failed':>6}")
    for job in report.jobs:
        counts = "".join(f"  {job.total(name):>11,}" for name in COUNTS)
        click.echo(
            f"{job.name:<{width}}  {len(job.files):>6,}{counts}  {len(job.failures):>6,}" + ("  no file is there" if job.is_empty else "")
        )
    click.echo(report.network or f"snapshot {report.snapshot}")


def _document(report: RoundReport) -> dict[str, object]:
    return {"schema": "bakau.jobs/1", "snapshot": report.snapshot, "network": report.network, "jobs": [_job(job) for job in report.jobs]}


def _job(job: JobReport) -> dict[str, object]:
    failures = [{"file": name, "message": str(error)} for name, error in job.failures]
    return {"name": job.name, "files": len(job.files), **{name: job.total(name) for name in COUNTS}, "failures": failures}
