from __future__ import annotations

from types import SimpleNamespace

import pytest
from architecture.works_rows import WorksRows

NAMED = "tests/a.py::test_it"


def promised(test: str, *ended: tuple[str, str, str]) -> list[str]:
    """Broken promises when one row names `test` and these tests (node id, phase, outcome) were reported."""
    plugin = WorksRows([{"id": "R1", "state": "works", "test": test}, {"id": "R2", "state": "planned", "test": ""}])
    for nodeid, when, outcome in ended:
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, when=when, outcome=outcome, passed=outcome == "passed"))
    return plugin.broken_promises()


def test_a_test_that_passed_keeps_the_promise():
    assert not promised(NAMED, (NAMED, "setup", "passed"), (NAMED, "call", "passed"), (NAMED, "teardown", "passed"))


@pytest.mark.parametrize(
    "ended",
    [
        [],
        [("tests/a.py::test_other", "call", "passed")],
        [(NAMED, "call", "failed")],
        [(NAMED, "setup", "skipped")],
        [(NAMED, "setup", "failed")],
        [(NAMED, "call", "passed"), (NAMED, "teardown", "failed")],
        [(NAMED + "[one]", "call", "passed"), (NAMED + "[two]", "call", "failed")],
        [(NAMED + "_too", "call", "passed")],
    ],
)
def test_a_test_that_did_not_run_or_did_not_pass_breaks_it(ended):
    (line,) = promised(NAMED, *ended)
    assert line.startswith(f"R1: {NAMED}: ")


def test_all_cases_of_a_test_or_all_tests_of_a_file_may_be_named():
    ended = [(NAMED + "[one]", "call", "passed"), (NAMED + "[two]", "call", "passed")]
    assert not promised(NAMED, *ended)
    assert not promised("tests/a.py", *ended)
    assert not promised(NAMED + "[two]", *ended)


@pytest.mark.parametrize(("ended", "status"), [([(NAMED, "call", "passed")], 0), ([], 1)])
def test_a_broken_promise_fails_the_run(ended, status):
    plugin = WorksRows([{"id": "R1", "state": "works", "test": NAMED}])
    for nodeid, when, outcome in ended:
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, when=when, outcome=outcome, passed=True))
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK)
    plugin.pytest_sessionfinish(session)
    assert session.exitstatus == status
