"""An answer stands on one state of the facts: what changes under a question makes it refused, not mixed."""

from __future__ import annotations

import pytest
from contract.network.world import account, transfer, world
from neo4j_world import load_world

from bakau.errors import NetworkError
from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.neo4j.network import Neo4jNetwork
from bakau_graph.neo4j.session import Session
from bakau_graph.network import Bounds, Direction

FACTS = world(4, [transfer(number, number, number + 1, number) for number in range(3)])
A, D = account(0)[0], account(3)[0]
#: One account pays ninety, which pay one another and two collectors; some pairs are of several transfers, some state no amount.
WIDE_PAIRS = [
    *((0, other) for other in range(1, 91)),
    *((payer, payer * factor % 91 + 1) for payer in range(1, 91) for factor in (1, 7, 7)),
    *((payer, 92 + payer % 2) for payer in range(1, 91)),
    *((92, 93) for _ in range(9)),
]
WIDE = world(94, [transfer(n, a, b, n // 3, amount=None if n % 11 == 0 else n) for n, (a, b) in enumerate(WIDE_PAIRS)])


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


@pytest.mark.neo4j
@pytest.mark.parametrize("looked_at", [3, 1_000])
@pytest.mark.parametrize("most_payees", [2, 1_000])
@pytest.mark.parametrize("packed", [True, False], ids=["newest packed", "newest not packed"])
def test_a_wide_frontier_and_payers_too_wide_to_be_packed_give_what_the_embedded_network_gives(looked_at, most_payees, packed, tmp_path):
    bounds = Bounds(per_account=looked_at)
    embedded = EmbeddedNetwork.open(tmp_path, WIDE, bounds=bounds)
    network = Neo4jNetwork(load_world(WIDE, bounds.hub_degree, looked_at if packed else None, most_payees), WIDE, bounds=bounds)
    for direction in Direction:
        for most in (94, 70, 20, 1):
            here, there = (each.load_subgraph([A], hops=3, direction=direction, max_entities=most) for each in (embedded, network))
            assert there.entities.equals(here.entities)
            assert there.links.equals(here.links)
            assert (there.left_out, there.null_amounts) == (here.left_out, here.null_amounts)
