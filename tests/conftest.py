"""What holds for every test.

* No test reads the person's own environment: ``BAKAU_*`` is taken away and vault keys go to a folder of the run.
* Examples of property tests have no deadline (a busy machine is no defect); ``HYPOTHESIS_PROFILE=nightly`` draws ten times as many.
* With ``--whole-suite`` every row of docs/coverage.yaml that says ``works`` must have had its test run and pass.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import hypothesis
import pytest
import yaml

COVERAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.yaml"

hypothesis.settings.register_profile("daily", deadline=None, print_blob=True)
hypothesis.settings.register_profile("nightly", deadline=None, print_blob=True, max_examples=1_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole-suite", action="store_true", help="this run holds all tests: hold docs/coverage.yaml to it")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--whole-suite") and not hasattr(config, "workerinput"):  # once, not in every worker
        config.pluginmanager.register(WorksRows(yaml.safe_load(COVERAGE.read_text(encoding="utf-8"))), "works-rows")


@pytest.fixture(autouse=True, scope="session")
def _own_environment(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BAKAU_")]:
            patch.delenv(name)
        patch.setenv("BAKAU_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        yield


class WorksRows:
    """Fails the run when a row says ``works`` and its test did not run, was skipped or did not pass."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self._named = {row["id"]: row["test"] for row in rows if row["state"] == "works"}
        self._outcomes: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how a test ended, under its own name and under those it is part of (function, class, module)."""
        if report.when == "call" or not report.passed:
            for name in {report.nodeid, report.nodeid.split("[")[0], report.nodeid.split("::")[0]}:
                self._outcomes[name].add(report.outcome)

    def broken_promises(self) -> list[str]:
        """One line per row whose test does not bear it out."""
        ended = {row: sorted(self._outcomes.get(test, {"not run"})) for row, test in self._named.items()}
        return [f"{row}: {self._named[row]}: {', '.join(how)}" for row, how in ended.items() if how != ["passed"]]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A broken promise is a failure."""
        if self.broken_promises() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which rows they are."""
        for line in self.broken_promises():
            terminalreporter.write_line(f"docs/coverage.yaml says works, but {line}", red=True)
        if not self.broken_promises():
            terminalreporter.write_line(f"docs/coverage.yaml: the tests of all {len(self._named)} rows that say works passed")
