"""The command line in processes of its own, on a small world that a clean run has loaded once: that one is the truth."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau.progress import SilentProgress
from bakau_graph.archive import Archive
from bakau_graph.archive.derived import DERIVED
from bakau_graph.archive.verify import verify_archive

#: Ten kills of each kind in CI, fifty at night.
KILLS = [pytest.param(10, id="ci"), pytest.param(50, id="night", marks=pytest.mark.nightly)]
BAKAU = [sys.executable, "-m", "bakau"]


def command(workspace: Path, *arguments: str | Path) -> list[str]:
    return [*BAKAU, "-w", str(workspace), *map(str, arguments)]


def run(workspace: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; whatever happens, no traceback."""
    done = subprocess.run(command(workspace, *arguments), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run_here(workspace: Path, *arguments: str | Path) -> None:
    """Run a command in this process, which spares the start of Python; it must end well."""
    ended = CliRunner().invoke(root, ["-w", str(workspace), *map(str, arguments)])
    assert ended.exit_code == 0, (ended.output, ended.exception)


@dataclass
class Work:
    """How many CPU seconds a command takes; a run that ends before it is killed says so anew (the first one compiles, too)."""

    cpu_s: float

    def kill_within(self, moment: random.Random, workspace: Path, *arguments: str | Path) -> bool:
        """Start a command that the kernel kills somewhere in its work, told in CPU seconds and so whatever else the machine does.

        False when it ended before. Starting Python takes the first part of a run; moments within the work itself are what matters.
        """
        timer = f"import os, signal, sys; signal.setitimer(signal.ITIMER_PROF, {moment.uniform(0.3, 1.0) * self.cpu_s}); os.execv(sys.executable, sys.argv[1:])"
        words = [sys.executable, "-c", timer, *command(workspace, *arguments)]
        status, used = measured(words)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF  # nobody handles it: the end is as sudden as SIGKILL
        if not killed:
            assert os.waitstatus_to_exitcode(status) == 0
            self.cpu_s = used
        return killed


def measured(words: list[str]) -> tuple[int, float]:
    """Run a command to its end: the status it ended with and the CPU seconds it used."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return status, usage.ru_utime + usage.ru_stime


def facts(workspace: Path) -> str:
    """Hash over everything a reader of the newest snapshot sees, batch ids aside."""
    snapshot = Archive.open(workspace).snapshot()
    digest = hashlib.sha256(snapshot.digest.encode())
    for name in ("transfer", "account", "party", "holding"):
        rows = snapshot.table(name)
        rows = rows.select([column for column in rows.column_names if column != "batch_id"])
        digest.update("\n".join(sorted(map(repr, rows.to_pylist()))).encode())
    return digest.hexdigest()


def results(workspace: Path) -> str:
    """Hash over every derived table of the newest run."""
    snapshot = Archive.open(workspace).snapshot()
    digest = hashlib.sha256()
    for name in sorted(DERIVED):
        digest.update(json.dumps(snapshot.derived(name).to_pylist(), default=str).encode())
    return digest.hexdigest()


def problems(workspace: Path) -> tuple[str, ...]:
    """What `bakau archive verify` finds."""
    return verify_archive(Archive.open(workspace).workspace, SilentProgress()).problems


@dataclass(frozen=True)
class Truth:
    """A world on disk, an empty workspace to copy, and what a run without faults makes of them."""

    world: Path
    empty: Path
    facts: str
    results: str
    ingest: Work
    analyse: Work

    def copy(self, folder: Path) -> Path:
        """A fresh workspace with the same keys."""
        return Path(shutil.copytree(self.empty, folder))


@pytest.fixture(scope="session")
def truth(tmp_path_factory) -> Truth:
    folder = tmp_path_factory.mktemp("faults")
    world, empty, clean = folder / "world", folder / "empty", folder / "clean"
    subprocess.run([*BAKAU, "world", "make", str(world), "--accounts", "600", "--seed", "3"], check=True, capture_output=True)
    subprocess.run([*BAKAU, "init", str(empty)], check=True, capture_output=True)
    shutil.copytree(empty, clean)
    works = []
    for arguments in (("ingest", world), ("analyse",)):
        status, used = measured(command(clean, *arguments))
        assert status == 0
        works.append(Work(used))
    assert problems(clean) == ()
    return Truth(world, empty, facts(clean), results(clean), *works)


@pytest.fixture
def chance() -> random.Random:
    """Moments to kill at; the seed is printed when a test fails."""
    seed = int(os.environ.get("KILL_SEED", time.time_ns() & 0xFFFF_FFFF))
    sys.stdout.write(f"KILL_SEED={seed}\n")
    return random.Random(seed)
