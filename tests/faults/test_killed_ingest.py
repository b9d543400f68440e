"""A writer that dies at any moment leaves nothing half done: a plain re-run gives the truth and the archive is clean."""

from __future__ import annotations

import shutil

import pytest

from bakau_graph.archive import Archive

from .conftest import KILLS, facts, kill_within, problems, run_here


@pytest.mark.slow
@pytest.mark.parametrize("kills", KILLS)
def test_an_ingest_killed_at_any_moment_is_made_good_by_running_it_again(truth, chance, kills, tmp_path):
    cut_short = 0
    for number in range(kills):
        workspace = truth.copy(tmp_path / f"w{number}")
        # Starting Python takes the first part of a run; moments within the work itself are what matters.
        cut_short += kill_within(workspace, "ingest", truth.world, after_s=chance.uniform(0.3, 1.0) * truth.ingest_s)
        assert problems(workspace) == ()
        assert all(batch.report.received for batch in Archive.open(workspace).batches()), "a listed batch is whole"
        run_here(workspace, "ingest", truth.world)
        assert facts(workspace) == truth.facts
        assert problems(workspace) == ()
        shutil.rmtree(workspace)
    assert cut_short > kills // 3, "most kills came before the end, else this test shows nothing"
