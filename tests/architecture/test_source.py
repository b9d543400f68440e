"""Habits that a linter does not know: sizes, and nothing that runs what it reads."""

from __future__ import annotations

import ast

import pytest
from architecture.checkout import ROOT, list_modules, list_packages, list_tracked, parse

MODULES = list_modules()
modules = pytest.mark.parametrize("path", MODULES, ids=str)

#: Modules that may be longer than 400 lines, with the reason each is still one room.
LONGER_ROOMS = {
    "core/bakau/model.py": "declarations only",
    "graph/bakau_graph/archive/archive.py": "one door for every write, each a short method",
}

#: Modules that turn bytes into running code, and calls that do.
UNSAFE_MODULES = {"pickle", "cloudpickle", "dill", "shelve", "marshal"}
UNSAFE_NAMES = {"eval", "exec", "__import__"}
UNSAFE_CALLS = {
    ("joblib", "load"),
    ("joblib", "dump"),
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("os", "system"),
    ("os", "popen"),
    ("pd", "read_pickle"),
}


def unsafe_places(tree: ast.Module) -> list[str]:
    """Where a module imports or calls something that could run what it reads."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom):
            parent = (node.module or "").partition(".")[0]
            found += [parent] if parent in UNSAFE_MODULES else []
            found += [f"{parent}.{alias.name}" for alias in node.names if (parent, alias.name) in UNSAFE_CALLS]
        elif isinstance(node, ast.Call):
            found += unsafe_call(node)
    return found


def unsafe_call(node: ast.Call) -> list[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in UNSAFE_NAMES:
        return [called.id]
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and (called.value.id, called.attr) in UNSAFE_CALLS:
        return [f"{called.value.id}.{called.attr}"]
    risky = {"allow_pickle", "shell"}
    return [
        word.arg for word in node.keywords if word.arg in risky and not (isinstance(word.value, ast.Constant) and word.value.value is False)
    ]


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "import joblib\njoblib.load('x')", "from joblib import load", "eval('1')",
        "import numpy as np\nnp.load('x', allow_pickle=True)", "import yaml\nyaml.load('x')", "import subprocess\nsubprocess.run('x', shell=True)",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_must_find(source):
    assert unsafe_places(ast.parse(source))


@modules
def test_no_module_runs_what_it_reads(path):
    assert not unsafe_places(parse(path))


@modules
def test_a_module_stays_a_room_and_a_function_a_page(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= (450 if path.as_posix() in LONGER_ROOMS else 400)
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


@modules
def test_only_settings_reads_the_environment(path):
    if path.as_posix() == "core/bakau/settings.py":
        return
    reads = [node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}]
    assert not reads


def test_every_folder_of_the_root_says_what_it_is_for():
    folders = {path.parts[0] for path in list_tracked() if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    assert not [name for name in sorted(folders - {"docs", "requirements"}) if not (ROOT / name / "README.md").is_file()]
    assert {folder.parts[0] for folder in list_packages().values()} <= folders
