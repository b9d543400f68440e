"""What holds for every test.

* No test reads the person's own environment: ``BAKAU_*`` is taken away and vault keys go to a folder of the run.
* Examples of property tests have no deadline (a busy machine is no defect); ``HYPOTHESIS_PROFILE=nightly`` draws ten times as many.
* With ``--whole-suite`` every row of docs/coverage.yaml that says ``works`` must have had its test run and pass.
"""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import yaml
from architecture.works_rows import WorksRows
from neo4j_server import neo4j_session, neo4j_workspace  # noqa: F401 - fixtures for every test

COVERAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.yaml"

#: Folders of few long tests.
LONG = ("notebooks", "readme", "safeguarding")

hypothesis.settings.register_profile("daily", deadline=None, print_blob=True)
hypothesis.settings.register_profile("nightly", deadline=None, print_blob=True, max_examples=1_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole-suite", action="store_true", help="this run holds all tests: hold docs/coverage.yaml to it")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--whole-suite") and not hasattr(config, "workerinput"):  # once, not in every worker
        config.pluginmanager.register(WorksRows(yaml.safe_load(COVERAGE.read_text(encoding="utf-8"))), "works-rows")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few long tests first: two processes then end at about the same time."""
    long = tuple(str(Path(__file__).parent / folder) for folder in LONG)
    items.sort(key=lambda item: not str(item.path).startswith(long))


@pytest.fixture(autouse=True, scope="session")
def _own_environment(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BAKAU_")]:
            patch.delenv(name)
        patch.setenv("BAKAU_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        yield
