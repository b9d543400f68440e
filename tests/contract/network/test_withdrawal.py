"""Both networks, through everything that happens to an archive: after each step they say the same, and what a fresh load says."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from graph.archive.conftest import Bench, make_bench  # noqa: F401 - a fixture
from neo4j_server import empty, neo4j_session  # noqa: F401 - a fixture

from bakau.progress import SilentProgress
from bakau_graph.archive import Source
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.purge import purge
from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.neo4j.network import Neo4jNetwork
from bakau_graph.neo4j.sync import bring_up
from bakau_graph.network import Direction, Network

pytestmark = pytest.mark.neo4j

FIRST = [("A", "B", 1, 100, "r1"), ("B", "C", 2, 50, "r2"), ("A", "C", 3, None)]
SECOND = [("A", "B", 1, 110, "r1"), ("C", "D", 4, 7), ("D", "A", 5, 9)]
THIRD = [("B", "D", 6, 11), ("E", "A", 7, 13)]


def answers(network: Network, keys: list[int]) -> list[object]:
    """What a network says of every account and around it, but when it was built and from which snapshot."""
    state = network.status()
    said: list[object] = [(state.accounts, state.transfers, state.null_amounts, state.currencies, state.first_us, state.last_us)]
    for key in keys:
        graph = network.load_subgraph([key], hops=3)
        said += [
            dataclasses.replace(answer, as_of="")
            for answer in (network.load_account(key), network.neighbours(key, direction=Direction.BOTH))
        ]
        said += [graph.entities.to_pylist(), graph.links.to_pylist()]
    return said


def both(bench: Bench, session) -> list[object]:
    """The same from both networks, brought up from wherever they stand."""
    snapshot = bench.archive.snapshot()
    keys = sorted(snapshot.table("account", ["account_key"])["account_key"].to_pylist())
    bring_up(bench.archive, session)
    found = [answers(EmbeddedNetwork.open(bench.archive.workspace.network, snapshot), keys), answers(Neo4jNetwork(session, snapshot), keys)]
    assert found[0] == found[1]
    return found[0]


def test_a_withdrawal_a_correction_a_compaction_and_a_purge_have_the_same_effect_in_both_networks(make_bench, neo4j_session):  # noqa: F811
    played = make_bench()
    played.archive.add_source(Source("gone", "Gone", "agency", "a", "b", ("training",), date(2026, 1, 31), training=False))
    played.transfers(FIRST, file="1")
    seen = [both(played, neo4j_session)]
    second = played.transfers(SECOND, file="2", corrects=True)
    seen.append(both(played, neo4j_session))
    played.transfers(THIRD, file="3", source="gone")
    seen.append(both(played, neo4j_session))
    compact(played.archive, SilentProgress())
    assert both(played, neo4j_session) == seen[2]
    purge(played.archive, date(2026, 2, 1))
    assert both(played, neo4j_session) == seen[1]
    played.archive.withdraw(second.batch_id, reason="test")
    assert both(played, neo4j_session) == seen[0]
    played.transfers(SECOND, file="2", corrects=True)
    assert both(played, neo4j_session) == seen[1]
    assert len({repr(each) for each in seen}) == 3
    empty(neo4j_session)
    fresh = make_bench(like=played)
    fresh.transfers(FIRST, file="1")
    fresh.transfers(SECOND, file="2", corrects=True)
    assert both(fresh, neo4j_session) == seen[1]
