"""Workspaces of a few rows, and the one server they are brought to."""

from __future__ import annotations

import pytest
from graph.archive.conftest import Bench, make_bench  # noqa: F401 - a fixture

from bakau.progress import SilentProgress
from bakau_graph.neo4j import packs
from bakau_graph.neo4j.sync import bring_up
from bakau_graph.neo4j.verify import verify


@pytest.fixture(autouse=True)
def _small_packs(monkeypatch):
    """Worlds of a few rows have accounts with many transfers too: more than two on a side, and a list of payees up to three."""
    monkeypatch.setattr(packs, "PACKED_ABOVE", 2)
    monkeypatch.setattr(packs, "MOST_PAYEES", 3)


@pytest.fixture
def bench(make_bench):  # noqa: F811 - the fixture
    return make_bench()


@pytest.fixture
def in_step(neo4j_session):
    """Bring the server to a bench's archive and give what `verify` says against it."""

    def sync(bench: Bench, **options) -> tuple[str, ...]:
        bring_up(bench.archive, neo4j_session, **options)
        return verify(neo4j_session, bench.archive.snapshot(), SilentProgress()).problems

    return sync
