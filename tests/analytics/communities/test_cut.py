from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from bakau_analytics.communities.cut import CutRule, build_cut, cut_pairs, hub_limit


def flow_of(pairs):
    connection = duckdb.connect()
    connection.register("rows", pa.table({"src": [src for src, _ in pairs], "dst": [dst for _, dst in pairs]}))
    connection.execute("CREATE TEMPORARY TABLE flow AS SELECT * FROM rows")
    return connection


def star(leaves):
    one = np.zeros(leaves, np.int64)
    other = np.arange(1, leaves + 1, dtype=np.int64)
    return one, other, np.ones(leaves, np.int64)


def test_both_directions_of_a_pair_add_up_and_the_weight_is_capped():
    graph = build_cut(flow_of([(1, 2)] * 2 + [(2, 1)] * 3 + [(5, 3)] * 40), CutRule(weight_cap=8))
    assert graph.keys.tolist() == [1, 2, 3, 5]
    assert list(zip(graph.one.tolist(), graph.other.tolist(), graph.weight.tolist(), strict=True)) == [(0, 1, 5), (2, 3, 8)]


def test_a_hub_is_left_out_named_and_takes_its_pairs_with_it():
    one, other, weight = star(600)
    graph = cut_pairs(np.append(one, 1), np.append(other, 2), np.append(weight, 1), CutRule())
    assert graph.hubs.tolist() == [0]
    assert graph.hub_degree == 500
    assert graph.weight.tolist() == [1]
    assert graph.keys[graph.one[0]] == 1
    assert graph.keys[graph.other[0]] == 2


def test_nobody_is_a_hub_below_the_floor():
    graph = cut_pairs(*star(500), CutRule())
    assert not len(graph.hubs)
    assert len(graph) == 501


def test_the_limit_rises_with_the_data():
    degree = np.concatenate([np.ones(1_000, np.int64), np.full(10, 900), np.full(1, 5_000)])
    assert hub_limit(degree, CutRule()) == 900
    assert hub_limit(np.empty(0, np.int64), CutRule()) == 500


def test_no_payment_gives_an_empty_graph():
    graph = build_cut(flow_of([(1, 2)]), CutRule(hub_floor=0, hub_ppm=0))
    assert len(graph) + len(graph.hubs) == 2
    empty = cut_pairs(*(np.empty(0, np.int64),) * 3, CutRule())
    assert not len(empty)
