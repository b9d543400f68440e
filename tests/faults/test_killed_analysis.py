"""A writer that dies at any moment leaves nothing half done: a plain re-run gives the truth and the archive is clean."""

from __future__ import annotations

import shutil

import pytest

from .conftest import KILLS, facts, problems, results, run_here


@pytest.mark.slow
@pytest.mark.parametrize("kills", KILLS)
def test_an_analysis_killed_at_any_moment_is_made_good_by_running_it_again(truth, chance, kills, tmp_path):
    loaded = truth.copy(tmp_path / "loaded")
    run_here(loaded, "ingest", truth.world)
    cut_short = 0
    for number in range(kills):
        workspace = shutil.copytree(loaded, tmp_path / f"w{number}")
        cut_short += truth.analyse.kill_within(chance, workspace, "analyse")
        assert problems(workspace) == ()
        run_here(workspace, "analyse")
        assert results(workspace) == truth.results
        assert facts(workspace) == truth.facts
        assert problems(workspace) == ()
        shutil.rmtree(workspace)
    assert cut_short > kills // 3, "most kills came before the end, else this test shows nothing"
