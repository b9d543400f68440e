from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import pytest
from casework.village import Village, write_files
from click.testing import CliRunner

from bakau.cli import main, root


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON object on stdout; fails when there is anything else."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


@pytest.fixture
def bakau(monkeypatch, capfd):
    """A function that runs `bakau -w WORKSPACE ARG …` as its user meets it: exit code, stdout, stderr; no traceback ever."""

    def run(workspace, *arguments) -> Ran:
        monkeypatch.setattr(sys, "argv", ["bakau", *(["-w", str(workspace)] if workspace else []), *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err + captured.out
        assert "defect of ours" not in captured.err
        return Ran(stop.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def village(tmp_path_factory) -> Village:
    """The village, loaded, analysed and walked once; read it, do not change it."""
    folder = tmp_path_factory.mktemp("village")
    files, workspace = write_files(folder), folder / "workspace"
    for call in (["init", workspace], ["-w", workspace, "ingest", *files, "--mapping", "bank"], ["-w", workspace, "analyse"]):
        result = CliRunner().invoke(root, [str(word) for word in call])
        assert result.exit_code == 0, (result.output, result.exception)
    made = Village(workspace, files)
    with made.desk() as desk:  # the network and the casework database are made when first needed
        desk.neighbours(made.ids()["r0"])
    return made


@pytest.fixture
def own_village(village, tmp_path) -> Village:
    """A copy that a test may change."""
    return village.copy(tmp_path)
