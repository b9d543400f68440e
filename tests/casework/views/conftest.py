from __future__ import annotations

import pytest
import small_world

import bakau


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> small_world.SmallWorld:
    return small_world.own_copy(tmp_path_factory, "views")


@pytest.fixture(scope="session")
def shared_desk(world):
    """A Desk for exploration; for tests that change nothing."""
    with bakau.open_desk(world.workspace) as desk:
        yield desk


@pytest.fixture(scope="session")
def finding(shared_desk):
    """A network finding that touches protected accounts."""
    rows = shared_desk.findings().rows.to_pylist()
    return next(row for row in rows if row["protected_count"] and len(row["subjects"]) > 1)
