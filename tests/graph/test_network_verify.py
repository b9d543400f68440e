"""`bakau network sync` and `verify` on the embedded network, and the line that says how far a Neo4j one is behind."""

from __future__ import annotations

import json

import numpy as np
from click.testing import CliRunner
from graph.archive.conftest import Bench

from bakau.cli import root
from bakau_graph.archive import Archive
from bakau_graph.staleness import describe_staleness


def run(bench: Bench, *words: str):
    return CliRunner().invoke(root, ["-w", str(bench.archive.workspace.path), "network", *words])


def test_the_embedded_network_is_compared_with_the_archive_array_by_array(tmp_path):
    bench = Bench(Archive.create(tmp_path / "case"))
    bench.transfers([("A", "B", 1, 100), ("B", "C", 2, 50)])
    assert run(bench, "sync").exit_code == 0
    clean = run(bench, "verify", "--json")
    assert clean.exit_code == 0
    assert json.loads(clean.output)["rows"]["amount"] == 2
    (path,) = bench.archive.workspace.network.glob("gen-*/amount.npy")
    amounts = np.load(path)
    amounts[1] += 1
    np.save(path, amounts)
    found = run(bench, "verify")
    assert found.exit_code == 1
    assert "amount: the first difference is at 1" in found.output


def test_an_embedded_workspace_says_nothing_about_being_behind(tmp_path):
    bench = Bench(Archive.create(tmp_path / "case"))
    assert describe_staleness(bench.archive) is None


def test_a_neo4j_workspace_whose_server_is_down_says_so_and_what_to_do(tmp_path):
    bench = Bench(Archive.create(tmp_path / "case", network="neo4j"))
    line = describe_staleness(bench.archive)
    assert line is not None
    assert "not running" in line
    assert "bakau neo4j start" in line
