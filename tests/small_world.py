"""A small synthetic world, loaded and analysed: what tests of views and of the dashboard look at."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau_graph.archive.lock import waiting_lock

ACCOUNTS = 1_500
SEED = 3


def bakau(workspace: Path | None, *arguments: str | Path) -> str:
    """Run a command in this process; it must end well. What it printed comes back."""
    before = ["-w", str(workspace)] if workspace else []
    ended = CliRunner().invoke(root, [*before, *map(str, arguments)])
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return ended.output


@dataclass(frozen=True)
class SmallWorld:
    """The files of a world and the workspace they were loaded into."""

    files: Path
    workspace: Path

    def line(self, file: str, number: int) -> dict[str, str]:
        """A record of a source file, by the line it stands on."""
        with (self.files / file).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        return dict(zip(rows[0], rows[number - 1], strict=True))


def make(folder: Path) -> SmallWorld:
    """Make, load and analyse a world in an empty folder."""
    world = SmallWorld(folder / "world", folder / "workspace")
    bakau(None, "world", "make", world.files, "--accounts", str(ACCOUNTS), "--seed", str(SEED), "--as", "files")
    load(world)
    return world


def own_copy(factory: pytest.TempPathFactory, name: str) -> SmallWorld:
    """The small world in a folder of one's own: made once a run, by whichever test process asks first."""
    base, folder = factory.getbasetemp(), factory.mktemp(name)
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small-world"
    (made / "files").mkdir(parents=True, exist_ok=True)
    with waiting_lock(made / "lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKAU_KEY_DIR", str(made / "keys"))
        if not (made / "done").exists():
            make(made / "files")
            (made / "done").touch()
    shutil.copytree(made / "files", folder, dirs_exist_ok=True)
    shutil.copytree(made / "keys", os.environ["BAKAU_KEY_DIR"], dirs_exist_ok=True)
    return SmallWorld(folder / "world", folder / "workspace")


def load(world: SmallWorld) -> None:
    """Load the files into a new workspace and analyse them."""
    bakau(None, "init", world.workspace)
    bakau(world.workspace, "ingest", world.files)
    bakau(world.workspace, "analyse")
