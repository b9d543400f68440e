from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points

import click
import pytest
from architecture.checkout import read_pyproject

from bakau.cli import HELP

DECLARED = read_pyproject()["project"]["entry-points"]["bakau.commands"]
HEAVY = {"numpy", "pyarrow", "duckdb", "neo4j", "streamlit", "scipy", "sklearn", "networkx", "networkit", "numba", "pandas", "sqlalchemy"}

LOAD = """
import json, sys
from bakau import cli
{what}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
SHOW_HELP = """
import click, contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as shown:
    cli.root.main(["--help"], standalone_mode=False)
assert "Commands" in shown.getvalue()
"""
LOAD_COMMANDS = """
import click
context = click.Context(cli.root)
for name in cli.root.list_commands(context):
    command = cli.root.get_command(context, name)
    for inner in [command, *getattr(command, "commands", {}).values()]:
        inner.get_help(click.Context(inner))
"""


def modules_loaded_by(what: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-c", LOAD.format(what=what)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_help_of_the_root_loads_nothing_heavy():
    assert not modules_loaded_by(SHOW_HELP) & HEAVY


def test_help_of_every_command_loads_nothing_heavy():
    assert not modules_loaded_by(LOAD_COMMANDS) & HEAVY


def test_what_shows_results_loads_nothing_that_only_computes_them():
    """Loading scikit-learn takes longer than most answers: whoever lists, explains or opens a page need not wait for it, nor for SciPy."""
    assert "scipy" not in modules_loaded_by("import bakau_casework.desk, bakau_casework.documents")
    loaded = modules_loaded_by("import bakau_casework.desk, bakau_casework.documents, bakau_analytics.run, bakau_graph.networks")
    assert {"duckdb", "pyarrow"} <= loaded
    assert not loaded & {"sklearn", "networkit", "networkx", "numba", "matplotlib", "streamlit"}


def test_every_command_has_its_line_of_help_and_every_line_its_command():
    assert set(DECLARED) == set(HELP)


def test_the_installed_commands_are_the_declared_ones():
    installed = {entry.name: entry.value for entry in entry_points(group="bakau.commands")}
    assert installed == DECLARED, "run: make dev"


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_command_loads_and_says_the_same_verb_as_its_line_of_help(name):
    (entry,) = entry_points(group="bakau.commands", name=name)
    command = entry.load()
    assert isinstance(command, click.Command)
    assert (command.help or "").split()[0] == HELP[name].split()[0]


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_option_of_a_command_says_what_it_is_for(name):
    (entry,) = entry_points(group="bakau.commands", name=name)
    command = entry.load()
    for inner in [command, *getattr(command, "commands", {}).values()]:
        assert inner.help, inner.name
        silent = [option.name for option in inner.params if isinstance(option, click.Option) and not option.help]
        assert not silent, inner.name
