from __future__ import annotations

import shutil

import pytest
from casework.leads.harbour import Harbour, make


@pytest.fixture(scope="session")
def harbour(tmp_path_factory) -> Harbour:
    """The harbour, loaded once; tests that write a list or keep one take their own."""
    return make(tmp_path_factory.mktemp("harbour"))


@pytest.fixture
def own_harbour(harbour, tmp_path) -> Harbour:
    """A copy that a test may change."""
    shutil.copytree(harbour.workspace, tmp_path / "workspace")
    return Harbour(tmp_path / "workspace")
