"""The pytest plugin behind ``--whole-suite``: what docs/coverage.yaml calls working must have passed in this very run."""

from __future__ import annotations

from collections import defaultdict

import pytest


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
