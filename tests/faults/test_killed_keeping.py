"""Compaction and purge killed at any moment: nothing is lost, nothing half done, and the next writer ends what was begun."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ended import LATER, end_source
from plain_mapping import PLAIN, PURPOSE, REFERENCE
from safeguarding.canaries import decode, read_vault_text

from bakau_graph.archive import Archive

from .conftest import KILLS, facts, problems, run_here

FILES, ROWS = 12, 40
MAPPING = PLAIN + REFERENCE + PURPOSE
#: Runs an operation and dies by SIGKILL when the n-th call into the kernel that changes the disk or the ledger is about to be made.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path

at, seen = int(sys.argv[3]), 0

def die(event, _):
    global seen
    if event in ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "sqlite3.connect", "os.truncate", "os.mkdir"):
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

from bakau.progress import SilentProgress
from bakau_graph.archive import Archive
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.purge import purge

archive = Archive.open(Path(sys.argv[2]))
sys.addaudithook(die)
if sys.argv[1] == "compact":
    compact(archive, SilentProgress())
else:
    purge(archive, datetime.now(UTC).date())
print(seen)
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A workspace of many small batches of two sources; the time of one is over."""
    folder = tmp_path_factory.mktemp("keeping")
    workspace = folder / "w"
    (folder / "m.yaml").write_text(MAPPING, encoding="utf-8")
    run_here(workspace, "init", workspace)
    run_here(workspace, "source", "add", "gone", "--name", "G", "--authority", "a", "--legal-basis", "b", "--purpose", "training", "--keep-until", LATER)  # fmt: skip
    for number in range(FILES):
        path = folder / f"t{number}.csv"
        who = "Canary" if number % 2 else "Stays"
        lines = [f"{number}-{row},{who}{row % 7},Both,2025-01-01 00:{row % 60:02}:00,{row + 1}.50,text of {who}" for row in range(ROWS)]
        path.write_text("ref,src,dst,when,amount,purpose\n" + "\n".join(lines) + "\n", encoding="utf-8")
        run_here(workspace, "ingest", path, "--mapping", folder / "m.yaml", "--source", "gone" if number % 2 else "training")
    end_source(workspace, "gone")
    return workspace


def die(operation: str, workspace: Path, at: int) -> int:
    """Run an operation that dies at that moment (0: never); how many moments there were."""
    words = [sys.executable, "-c", KILLED, operation, str(workspace), str(at)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == (-signal.SIGKILL if at else 0), done.stderr
    return int(done.stdout or 0)


@pytest.mark.slow
@pytest.mark.parametrize("kills", KILLS)
def test_a_compaction_killed_at_any_moment_changes_nothing_that_is_seen_and_is_made_good_by_running_it_again(kept, chance, kills, tmp_path):
    truth = facts(kept)
    names = read_vault_text(Archive.open(kept).workspace)
    moments = die("compact", Path(shutil.copytree(kept, tmp_path / "whole")), 0)
    for at in sorted(chance.sample(range(1, moments + 1), min(kills, moments))):
        workspace = Path(shutil.copytree(kept, tmp_path / f"w{at}"))
        die("compact", workspace, at)
        assert (facts(workspace), problems(workspace)) == (truth, ())
        run_here(workspace, "archive", "compact")
        assert (facts(workspace), problems(workspace)) == (truth, ())
        assert list((workspace / "archive" / "staging").iterdir()) == []
        assert set(words(names)) <= set(words(read_vault_text(Archive.open(workspace).workspace)))
        shutil.rmtree(workspace)


def words(text: str) -> list[str]:
    return [word for word in text.split('"') if "text of" in word]


@pytest.mark.slow
@pytest.mark.parametrize("kills", KILLS)
@pytest.mark.parametrize("compacted", [False, True])
def test_a_purge_killed_at_any_moment_happened_wholly_or_not_and_the_next_writer_ends_it(kept, chance, kills, compacted, tmp_path):
    start = Path(shutil.copytree(kept, tmp_path / "start"))
    if compacted:
        run_here(start, "archive", "compact")
    run_here(start, "network", "rebuild")
    whole = Path(shutil.copytree(start, tmp_path / "whole"))
    moments = die("purge", whole, 0)
    before, after = facts(start), facts(whole)
    assert before != after
    ended = set()
    for at in [1, *sorted(chance.sample(range(2, moments + 1), min(kills, moments) - 1))]:  # the first lies before the commit
        workspace = Path(shutil.copytree(start, tmp_path / f"w{at}"))
        die("purge", workspace, at)
        found = facts(workspace)
        ended.add(found)
        assert found in (before, after)
        assert problems(workspace) == ()
        run_here(workspace, "source", "hold", "training", "--reason", "the next writer")
        if found == after:
            assert stray(workspace) == []
        run_here(workspace, "archive", "purge", "--expired")
        assert (facts(workspace), problems(workspace), stray(workspace)) == (after, (), [])
        shutil.rmtree(workspace)
    assert ended == {before, after}, "kills fell on both sides of the commit, else this test shows little"


def stray(workspace: Path) -> list[str]:
    """Where a value that only the purged batches held still stands."""
    clear = ["the vault"] if "Canary" in read_vault_text(Archive.open(workspace).workspace) else []
    purged = [batch.batch_id.encode() for batch in Archive.open(workspace).batches() if batch.purged]
    files = [path for path in workspace.rglob("*") if path.is_file() and "ledger" not in path.name]
    return clear + [
        path.name for path in files if any(batch_id in path.name.encode() + path.read_bytes() + decode(path) for batch_id in purged)
    ]
