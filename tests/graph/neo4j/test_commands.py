"""Whoever walks, walks alike: each command that asks the network answers the same on the embedded one and on a real Neo4j."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest

from bakau.cli import root
from bakau.times import HOUR_US
from bakau.workspace import Workspace
from bakau_graph.neo4j.endpoint import find_endpoint

ASKED_ANEW = {"audit_id", "audit"}


def run(path, *words, **environment):
    ran = subprocess.run(
        [sys.executable, "-m", "bakau", "-w", str(path), *words], capture_output=True, text=True, env=os.environ | environment
    )
    return ran.returncode, ran.stdout, ran.stderr


def answer(text):
    return {name: value for name, value in json.loads(text).items() if name not in ASKED_ANEW}


@pytest.fixture
def walked(bench):
    """A workspace with a few hundred payments among a dozen accounts; the ids of its accounts."""
    draw = random.Random(3)
    bench.transfers([(*draw.choices("abcdefghijkl", k=2), draw.randrange(0, 2_000) * HOUR_US, draw.randrange(1, 900)) for _ in range(300)])
    ids = bench.archive.snapshot().table("account", ["account_id"])["account_id"].to_pylist()
    return bench.archive.workspace.path, ids


@pytest.mark.neo4j
def test_every_walking_command_says_the_same_on_both_networks(walked, neo4j_workspace, neo4j_session):
    path, ids = walked
    endpoint = find_endpoint(neo4j_workspace)
    server = {"BAKAU_NEO4J_URI": endpoint.uri, "BAKAU_NEO4J_PASSWORD": endpoint.password}
    for words in (
        ("neighbours", ids[0]), ("account", ids[1]), ("find", ids[2][:9]), ("path", ids[3], ids[4]),
        ("path", ids[3], ids[4], "--time-respecting"),
    ):  # fmt: skip
        code, embedded, said = run(path, "--network", "embedded", *words, "--json")
        assert code == 0, said
        code, neo4j, said = run(path, "--network", "neo4j", *words, "--json", **server)
        assert code == 0, said
        assert answer(neo4j) == answer(embedded), words[0]


def test_a_walk_without_its_server_is_a_sentence_and_a_hint_and_exit_1(walked):
    path, ids = walked
    code, out, said = run(path, "--network", "neo4j", "neighbours", ids[0])
    assert (code, out) == (1, "")
    assert "is not running" in said
    assert "bakau neo4j start" in said
    assert "Traceback" not in said


def test_a_workspace_remembers_its_network_and_an_older_one_is_embedded(tmp_path):
    assert run(tmp_path / "team", "init", str(tmp_path / "team"), "--network", "neo4j")[0] == 0
    assert Workspace.open(tmp_path / "team").network_kind == "neo4j"
    Workspace.create(tmp_path / "old")
    assert "network" not in (tmp_path / "old" / "bakau.toml").read_text()
    assert Workspace.open(tmp_path / "old").network_kind == "embedded"


def test_the_option_of_the_root_holds_for_one_command_only(monkeypatch, tmp_path):
    monkeypatch.setenv("BAKAU_NETWORK", "embedded")
    root.main(["--network", "neo4j", "neo4j", "--help"], standalone_mode=False)
    assert os.environ["BAKAU_NETWORK"] == "embedded"


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_network_that_does_not_exist_is_said(where, tmp_path):
    Workspace.create(tmp_path / "case")
    if where == "file":
        with (tmp_path / "case" / "bakau.toml").open("a") as lines:
            lines.write('network = "papyrus"\n')
    environment = {"BAKAU_NETWORK": "papyrus"} if where == "environment" else {}
    code, _, said = run(tmp_path / "case", "neo4j", "status", **environment)
    assert (code, "papyrus" in said, "embedded or neo4j" in said) == (2, True, True)
