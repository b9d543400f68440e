"""Detection never reads how the synthetic world is made: not by import (a contract holds that), not in data, not in its tests."""

from __future__ import annotations

import ast

import pytest
from architecture.checkout import ROOT, list_tracked, parse

#: Modules of the generator that a test of detection may use: to make a world, never to ask how it is made.
ALLOWED = {"make"}
DATA = [path for path in list_tracked() if path.parts[0] == "analytics" and path.suffix != ".md"]
TESTS = [
    path
    for path in list_tracked()
    if path.suffix == ".py" and path.parts[:2] in {("tests", "analytics"), ("tests", "contract"), ("tests", "safeguarding")}
]


def generator_modules(tree: ast.Module) -> set[str]:
    """Modules of `bakau_ingest.world` that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bakau_ingest.world"):
            rest = (node.module or "").removeprefix("bakau_ingest.world").strip(".")
            found |= {rest} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("bakau_ingest.world.") for alias in node.names if alias.name.startswith("bakau_ingest.world")}
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [("from bakau_ingest.world import habits", {"habits"}), ("import bakau_ingest.world.make", {"make"}), ("from bakau_ingest.world.habits import x", {"habits"}), ("import bakau", set())],
)  # fmt: skip
def test_the_search_finds_what_it_must_find(source, expected):
    assert generator_modules(ast.parse(source)) == expected


@pytest.mark.parametrize("path", DATA, ids=str)
def test_nothing_of_analytics_names_the_generator(path):
    assert "bakau_ingest" not in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_no_test_of_detection_reads_the_parameters_of_the_generator(path):
    assert generator_modules(parse(path)) <= ALLOWED
