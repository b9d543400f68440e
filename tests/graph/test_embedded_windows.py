"""Walks in a window that is asked about again: other lists are read then, and the answers stay the same."""

from __future__ import annotations

import numpy as np
import pytest
from contract.network.world import account, transfer, world

from bakau_graph.embedded.adjacency import Adjacency
from bakau_graph.embedded.build import arrange
from bakau_graph.embedded.network import EmbeddedNetwork, choose_walker
from bakau_graph.embedded.walk import NumpyWalker
from bakau_graph.network import Bounds, Direction

HOURS = 400
#: Few transfers an account looked at, low hubs and a low count, so that every bound is met.
TIGHT = Bounds(hub_degree=30, counted=5, per_account=4)


def made(seed: int):
    """A world in which a few accounts have most of the transfers, parallel ones and ones to themselves included."""
    rng = np.random.default_rng(seed)
    ends = (rng.pareto(1.2, (HOURS, 2)) * 3).astype(int) % 25
    currencies = rng.choice(["PHP", "USD"], HOURS)
    rows = [
        transfer(n, int(src), int(dst), n * 1_000, amount=int(rng.integers(1, 100)), currency=str(currencies[n]))
        for n, (src, dst) in enumerate(ends)
    ]
    return world(25, rows)


@pytest.mark.parametrize("compiled", [False, True], ids=["numpy", "numba"])
@pytest.mark.parametrize("seed", range(2))
def test_a_walk_answers_the_same_when_its_window_is_asked_about_again(tmp_path, seed, compiled):
    facts = made(seed)
    network = EmbeddedNetwork.open(tmp_path, facts, bounds=TIGHT, compiled=compiled)
    times = sorted(one.ts_us for one in facts.transfers)
    window = {"since_us": times[150], "until_us": times[240]}
    asked = [
        {"keys": [account(number)[0]], "hops": hops, "direction": direction, "max_entities": most, **filters}
        for number in range(6)
        for hops in (1, 3)
        for direction in Direction
        for most in (4, 25)
        for filters in ({}, {"currency": "PHP", "min_minor": 20})
    ]
    for question in asked:
        fresh = EmbeddedNetwork.open(tmp_path, facts, bounds=TIGHT, compiled=compiled).load_subgraph(**question, **window)
        assert network.load_subgraph(**question, **window) == fresh
    assert network._windows[150, 240] is not None


def test_only_a_few_windows_are_kept_and_wide_ones_never(tmp_path):
    facts = made(9)
    network = EmbeddedNetwork.open(tmp_path, facts, compiled=False)
    times = sorted(one.ts_us for one in facts.transfers)
    for first in range(0, 90, 10):
        for _ in range(2):
            network.load_subgraph([account(0)[0]], since_us=times[first], until_us=times[first + 50])
    network.load_subgraph([account(0)[0]])
    assert list(network._windows) == [(first, first + 50) for first in (50, 60, 70, 80)]


def test_the_lists_of_a_window_are_those_of_all_transfers_without_the_others():
    generation = arrange(made(1).table("account"), made(1).edges(), digest="d")
    part = slice(100, 180)
    found = Adjacency.group(
        generation.src[part], generation.dst[part], generation.account_count, first=100, transfers=generation.transfer_count
    )
    for node in range(generation.account_count):
        inside = generation.outgoing.span(node, (100, 180))
        assert (found.edge[found.ptr[node] : found.ptr[node + 1]] == generation.outgoing.edge[slice(*inside)]).all()
        assert (found.node[found.ptr[node] : found.ptr[node + 1]] == generation.outgoing.node[slice(*inside)]).all()


def test_numba_is_loaded_only_when_asked_for_or_when_there_are_very_many_transfers():
    assert isinstance(choose_walker(compiled=None, transfers=2_000_000), NumpyWalker)
    assert not isinstance(choose_walker(compiled=None, transfers=50_000_000), NumpyWalker)
    assert not isinstance(choose_walker(compiled=True), NumpyWalker)
