"""A writer that dies at any moment leaves nothing half done: a plain re-run gives the truth and the archive is clean."""

from __future__ import annotations

import shutil

import pytest

from bakau_graph.archive import Archive

from .conftest import KILLS, facts, problems, run_here


@pytest.mark.slow
@pytest.mark.parametrize("kills", KILLS)
def test_an_ingest_killed_at_any_moment_is_made_good_by_running_it_again(truth, chance, kills, tmp_path):
    cut_short = 0
    for number in range(kills):
        workspace = truth.copy(tmp_path / f"w{number}")
        cut_short += truth.ingest.kill_within(chance, workspace, "ingest", truth.world)
        assert problems(workspace) == ()
        assert all(batch.report.received for batch in Archive.open(workspace).batches()), "a listed batch is whole"
        run_here(workspace, "ingest", truth.world)
        assert facts(workspace) == truth.facts
        assert problems(workspace) == ()
        shutil.rmtree(workspace)
    assert cut_short > kills // 3, "most kills came before the end, else this test shows nothing"
