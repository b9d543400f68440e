"""Jobs at work: each once (run), or again and again (watch). A bad file is said and passed over; the network is in step at the end.

Watching takes a file when its size, time and inode stood still for the settle time, so that a half-written one is never taken. Which
file was loaded the ledger knows; what this process has seen unchanged it does not even hash again.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bakau.errors import BakauError, InputError
from bakau.progress import SilentProgress
from bakau_ingest.convoy import count_workers, load_files, worst_code
from bakau_ingest.load import LoadOptions
from bakau_ingest.selection import Refused
from bakau_ingest.streams import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bakau.progress import Progress
    from bakau_graph.archive import Archive
    from bakau_ingest.jobs import Job, JobFile
    from bakau_ingest.load import Loaded
    from bakau_ingest.selection import Chosen
    from bakau_ingest.streams import Stamp


@dataclass(slots=True)
class JobReport:
    """What one job did in one round: files loaded, and what went wrong with which."""

    name: str
    files: list[Loaded] = field(default_factory=list)
    failures: list[tuple[str, BakauError]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Sum over the files of received, loaded, rejected or duplicates."""
        return sum(int(getattr(file, name)) for file in self.files)

    @property
    def is_empty(self) -> bool:
        """True when there was nothing to do."""
        return not self.files and not self.failures


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What a round did: its jobs in order, the network it ended with, and why that is not in step (None when it is)."""

    jobs: list[JobReport]
    network: str | None
    snapshot: str
    network_failure: BakauError | None = None

    @property
    def exit_code(self) -> int:
        """That of the worst thing that happened."""
        return worst_code(
            [error for job in self.jobs for _, error in job.failures] + ([self.network_failure] if self.network_failure else [])
        )


def run_jobs(archive: Archive, page: JobFile, jobs: Iterable[Job], *, progress: Progress | None = None) -> RoundReport:
    """Do these jobs once, in order, with every file that is there; then bring the network in step."""
    reports = [_do(archive, page, job, page.find_files(job), progress or SilentProgress()) for job in jobs]
    return _finish(archive, reports)


def _do(archive: Archive, page: JobFile, job: Job, paths: Iterable[Path], progress: Progress) -> JobReport:
    report = JobReport(job.name)
    options = LoadOptions(source_id=job.source, max_rejects=job.max_rejects, reader=job.reader)
    chosen: list[Chosen] = []
    for path in paths:
        try:
            chosen.append(page.choose(job, path))
        except BakauError as error:
            report.failures.append((path.name, error))
    for done in load_files(archive, chosen, options, progress, workers=count_workers()):
        if isinstance(done, Refused):
            report.failures.append((done.path.name, done.error))
        else:
            report.files.append(done)
    return report


def _finish(archive: Archive, reports: list[JobReport]) -> RoundReport:
    """Bring the network in step with the newest snapshot. Facts stand in the archive whatever becomes of that."""
    from bakau_graph.networks import open_network

    snapshot = archive.snapshot()
    try:
        with closing(open_network(archive.workspace, snapshot)) as network:
            state = network.status()
    except BakauError as error:
        return RoundReport(reports, None, snapshot.label, error)
    return RoundReport(reports, f"{state.implementation} network of snapshot {state.as_of}", snapshot.label)


class Watcher:
    """Does jobs when they are due, with the files that are complete. `clock` and `now` are the machine's unless a test gives its own."""

    def __init__(
        self, archive: Archive, page: JobFile, *, settle_s: float = 5.0, clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._archive, self._page, self._settle_s = archive, page, settle_s
        self._clock, self._now = clock, now
        self._due = dict.fromkeys((job.name for job in page.jobs), now())
        self._waiting: dict[Path, tuple[Stamp, float]] = {}
        self._done: dict[tuple[str, Path], Stamp] = {}

    def seconds_to_next(self) -> float:
        """How long until something may be to do: the next job that is due, or a file that may have settled."""
        rest = (min(self._due.values()) - self._now()).total_seconds()
        if self._waiting:
            rest = min(rest, self._settle_s)
        return max(rest, 0.05)

    def do_round(self, should_stop: Callable[[], bool] = lambda: False) -> RoundReport | None:
        """Do what is due; None when there was nothing. Between files `should_stop` is asked; those at hand are finished."""
        self._waiting = {path: seen for path, seen in self._waiting.items() if path.exists()}
        reports = []
        for job in self._page.jobs:
            if self._due[job.name] > self._now() and not self._is_awaited(job):
                continue
            report = JobReport(job.name)
            complete, step = self._complete_files(job), count_workers()
            for first in range(0, len(complete), step):
                if should_stop():
                    break
                self._take(job, complete[first : first + step], report)
            reports.append(report)
            if self._due[job.name] <= self._now():
                self._due[job.name] = job.schedule.next_after(self._now())
        if all(report.is_empty for report in reports):
            return None
        return _finish(self._archive, [report for report in reports if not report.is_empty])

    def _is_awaited(self, job: Job) -> bool:
        """Has a file of the job been seen that had not settled yet?"""
        return any(path in self._waiting for path in self._page.find_files(job))

    def _complete_files(self, job: Job) -> list[Path]:
        """Files not done yet that stood still for the settle time; the others are remembered."""
        complete = []
        for path in self._page.find_files(job):
            try:
                stamp = stamp_of(path)
            except InputError:
                continue  # gone since it was listed
            if self._done.get((job.name, path)) == stamp:
                continue
            known = self._waiting.get(path)
            if known is None or known[0] != stamp:
                self._waiting[path] = (stamp, self._clock())
            elif self._clock() - known[1] >= self._settle_s:
                complete.append(path)
        return complete

    def _take(self, job: Job, paths: Sequence[Path], report: JobReport) -> None:
        """Load some files. What is wrong with a file is said once; what is wrong with the workspace (a lock) is tried again."""
        stamps = {path: self._waiting.pop(path)[0] for path in paths}
        found = _do(self._archive, self._page, job, paths, SilentProgress())
        report.files += [file for file in found.files if not file.known]
        report.failures += found.failures
        again = {name for name, error in found.failures if not isinstance(error, InputError)}
        self._done |= {(job.name, path): stamp for path, stamp in stamps.items() if path.name not in again}
