"""docs/coverage.yaml is a promise; `--whole-suite` (tests/conftest.py) adds that the named tests ran and passed."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from architecture.checkout import ROOT, parse
from click.testing import CliRunner

from bakau.cli import HELP
from bakau.errors import FileError
from bakau_casework import coverage
from bakau_casework.commands.coverage import coverage as command
from bakau_casework.coverage import State, load_coverage

ROWS = load_coverage()
PACKAGES = ["neo4j", "networkx", "streamlit", "pyvis", "scikit-learn"]
rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def names_in(path: Path) -> set[str]:
    """Test functions and classes of a file, methods as Class::method."""
    found = set()
    for node in parse(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def test_every_system_rule_and_package_has_one_row():
    expected = [*(f"S{number}" for number in range(1, 36)), *(f"R{number}" for number in range(1, 14)), *PACKAGES]
    assert [row.id for row in ROWS] == expected


@rows
def test_a_named_test_exists(row):
    if row.test:
        path, _, name = row.test.partition("::")
        assert (ROOT / path).is_file()
        assert not name or name in names_in(Path(path))


@rows
def test_a_named_command_exists(row):
    words = row.command.split()
    if words[:1] == ["make"]:
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    elif words:
        assert words[0] == "bakau"
        assert words[1] in HELP


@rows
def test_a_row_that_says_works_names_its_test_and_one_that_says_partly_what_is_missing(row):
    if row.state is State.WORKS:
        assert row.test
    if row.state is State.PARTLY:
        assert row.note


def test_the_command_prints_every_row(capsys):
    shown = CliRunner().invoke(command, [], catch_exceptions=False).output
    assert [line.split()[0] for line in shown.splitlines()[1:-1]] == [row.id for row in ROWS]
    assert shown.splitlines()[-1].startswith(f"{sum(row.state is State.WORKS for row in ROWS)} of {len(ROWS)} work")


def test_the_document_holds_every_field():
    document = json.loads(CliRunner().invoke(command, ["--json"], catch_exceptions=False).output)
    assert document["schema"] == "bakau.coverage/1"
    assert [list(row) for row in document["rows"]] == [list(coverage.FIELDS)] * len(ROWS)
    assert sum(document["counts"].values()) == len(ROWS)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "- [1, 2]", "- {id: S1}", "- {id: 1, title: a, state: works, command: '', test: '', note: ''}", ": : :"]
)
def test_a_page_that_makes_no_sense_is_refused(tmp_path, monkeypatch, text):
    (tmp_path / "coverage.yaml").write_text(text)
    monkeypatch.setattr(coverage, "files", lambda _package: tmp_path)
    with pytest.raises(FileError):
        load_coverage()


def test_a_row_in_an_unknown_state_is_refused(tmp_path, monkeypatch):
    entry = {"id": "S1", "title": "a", "state": "almost", "command": "", "test": "", "note": ""}
    (tmp_path / "coverage.yaml").write_text(yaml.safe_dump([entry]))
    monkeypatch.setattr(coverage, "files", lambda _package: tmp_path)
    with pytest.raises(FileError):
        load_coverage()
