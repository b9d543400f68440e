"""An answer stands on one state of the facts: what changes under a question makes it refused, not mixed."""

from __future__ import annotations

import pytest
from contract.network.world import account, transfer, world
from neo4j_world import load_world

from bakau.errors import NetworkError
from bakau_graph.neo4j.network import Neo4jNetwork
from bakau_graph.neo4j.session import Session

FACTS = world(4, [transfer(number, number, number + 1, number) for number in range(3)])
A, D = account(0)[0], account(3)[0]


@pytest.mark.neo4j
@pytest.mark.parametrize("change", ["SET x.digest = 'another'", "SET x.state = 'loading'", "DELETE x"])
@pytest.mark.parametrize(
    "question",
    [
        lambda network: network.load_subgraph([A], hops=3),
        lambda network: network.find_paths(A, D),
        lambda network: network.find_time_respecting_path(A, D),
        lambda network: network.transfers_between(A, D),
    ],
    ids=["subgraph", "paths", "in time", "between"],
)
def test_a_question_is_refused_when_the_facts_change_between_its_statements(change, question, monkeypatch):
    session = load_world(FACTS, 1_000)
    network = Neo4jNetwork(session, FACTS)
    question(network)

    def ask(text, parameters):
        row = Session.ask(session, text, parameters)
        session.write(f"MATCH (x:Bakau) {change}")
        return row

    monkeypatch.setattr(session, "ask", ask)
    with pytest.raises(NetworkError, match="does not stand on this snapshot"):
        question(network)
