"""Graphs leave with the cut that was made, and with nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest
from contract.network.world import account, transfer, world

from bakau.errors import InputError
from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.projection import Cut, to_digraph, to_edge_table, to_matrix, to_multidigraph

A, B, C = (account(n)[0] for n in range(3))
TRANSFERS = [
    transfer(0, 0, 1, 10, amount=5),
    transfer(1, 0, 1, 20, amount=7),
    transfer(2, 1, 2, 30, amount=None),
    transfer(3, 1, 1, 40, amount=9),
    transfer(4, 0, 1, 50, amount=100, currency="PHP"),
]


class Facts:
    """A fake snapshot with channel and status, which the network's own edge table does not have."""

    label = "s1-test"

    def table(self, name, columns=None):
        assert name == "transfer"
        edges = world(3, TRANSFERS).edges()
        channel = pa.array(["bank", "cash", "bank", "bank", "bank"])
        status = pa.array(["settled", "settled", "settled", "failed", "settled"])
        return edges.append_column("channel", channel).append_column("status", status).select(columns)


def times(cut: Cut) -> list[int]:
    return to_edge_table(Facts(), cut)["ts_us"].to_pylist()


def test_a_cut_without_conditions_keeps_what_was_settled():
    assert times(Cut()) == [10, 20, 30, 50]
    assert times(Cut(statuses=None)) == [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    ("cut", "kept"),
    [
        (Cut(since_us=20, until_us=50), [20, 30]),
        (Cut(currency="PHP"), [50]),
        (Cut(currency="USD", min_minor=7, statuses=None), [20, 40]),
        (Cut(currency="USD", max_minor=7), [10, 20]),
        (Cut(currency="USD", min_minor=7, max_minor=7), [20]),
        (Cut(channels=frozenset({"cash"})), [20]),
        (Cut(since_us=60), []),
    ],
)
def test_a_cut_keeps_exactly_what_it_states(cut, kept):
    assert times(cut) == kept


def test_an_amount_band_without_a_currency_is_refused():
    with pytest.raises(InputError, match="currency"):
        Cut(min_minor=1)


def test_the_matrix_counts_or_sums_by_payer_and_payee():
    edges = to_edge_table(Facts(), Cut(currency="USD", statuses=None))
    for weight, expected in (("n", {(A, B): 2, (B, C): 1, (B, B): 1}), ("sum_minor", {(A, B): 12, (B, B): 9})):
        found = to_matrix(edges, weight=weight)
        assert found.keys.tolist() == sorted([A, B, C])
        entries = found.matrix.tocoo()
        rows = zip(entries.coords[0], entries.coords[1], entries.data, strict=True)
        assert {(int(found.keys[i]), int(found.keys[j])): int(value) for i, j, value in rows if value} == expected


def test_a_matrix_never_adds_two_currencies():
    edges = to_edge_table(Facts(), Cut())
    assert to_matrix(edges).matrix.sum() == 4
    with pytest.raises(InputError, match="several currencies"):
        to_matrix(edges, weight="sum_minor")


def test_an_empty_cut_gives_an_empty_matrix_and_graph():
    edges = to_edge_table(Facts(), Cut(since_us=60))
    assert to_matrix(edges).matrix.shape == (0, 0)
    assert len(to_digraph(edges)) == len(to_multidigraph(edges)) == 0


def test_a_sum_beyond_64_bits_is_refused_and_not_wrapped():
    edges = world(2, [transfer(n, 0, 1, n, amount=2**62) for n in range(2)]).edges()
    with pytest.raises(InputError, match="64 bits"):
        to_matrix(edges)


def test_a_digraph_has_one_edge_per_pair_of_one_currency():
    graph = to_digraph(to_edge_table(Facts(), Cut(currency="USD", statuses=None)))
    assert graph.edges[A, B] == {"currency": "USD", "n": 2, "sum_minor": 12, "first_us": 10, "last_us": 20}
    assert graph.edges[B, C]["sum_minor"] is None
    assert graph.has_edge(B, B)
    with pytest.raises(InputError, match="one edge per pair"):
        to_digraph(to_edge_table(Facts(), Cut()))


def test_a_multidigraph_has_one_edge_per_transfer():
    graph = to_multidigraph(to_edge_table(Facts(), Cut(statuses=None)))
    assert graph.number_of_edges() == 5
    assert graph.number_of_edges(A, B) == 3
    assert graph.edges[A, B, TRANSFERS[0].transfer_id.hex()]["amount_minor"] == 5


def test_a_subgraph_becomes_a_graph_with_its_accounts_columns(tmp_path):
    answer = EmbeddedNetwork.open(tmp_path, world(4, TRANSFERS), compiled=False).load_subgraph([A], hops=2)
    graph = to_multidigraph(answer)
    assert set(graph) == {A, B, C}
    assert (graph.nodes[C]["distance"], graph.nodes[A]["account_id"]) == (2, account(0)[1])
    assert graph.edges[A, B, "PHP"]["sum_minor"] == 100
    dollars = to_digraph(answer, currency="USD")
    assert dollars.edges[A, B]["n"] == 2
    assert dollars.number_of_edges() == 3
    with pytest.raises(InputError):
        to_digraph(answer)
