from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from drawn import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bakau_analytics.communities.cut import CutRule, cut_pairs
from bakau_analytics.communities.detect import RESOLUTIONS, canonical, contiguous, detect, modularity, nested_ppm, place_by_shape

ENGINES = ("networkit", "arrays")
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "community_ground_truth"


def cut_of(pairs, weights=None):
    found = {}
    for place, (one, other) in enumerate(pairs):
        if one != other:
            pair = (min(one, other), max(one, other))
            found[pair] = found.get(pair, 0) + (weights[place] if weights else 1)
    ordered = sorted(found)
    columns = [np.array([pair[side] for pair in ordered], np.int64) for side in (0, 1)]
    return cut_pairs(*columns, np.array([found[pair] for pair in ordered], np.int64), CutRule())


def reference(graph):
    """Best modularity of networkx's Louvain over a few seeds, and the graph itself."""
    linked = nx.Graph()
    linked.add_weighted_edges_from(zip(graph.one.tolist(), graph.other.tolist(), graph.weight.tolist(), strict=True))
    runs = (nx.community.louvain_communities(linked, weight="weight", seed=seed) for seed in range(5))
    return linked, max(nx.community.modularity(linked, found, weight="weight") for found in runs)


graphs = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=60).filter(
    lambda pairs: any(a != b for a, b in pairs)
)


@pytest.mark.parametrize("engine", ENGINES)
def test_planted_groups_come_out_at_the_finest_stable_resolution(engine):
    planted = nx.planted_partition_graph(20, 12, 0.7, 0.004, seed=3)
    graph = cut_of(planted.edges())
    found = detect(graph, seed=5, engine=engine)
    labels = found.of(np.arange(240), found.finest_stable())
    assert all(len(set(labels[start : start + 12].tolist())) == 1 for start in range(0, 240, 12))
    assert len(set(labels.tolist())) == 20


@pytest.mark.parametrize("engine", ENGINES)
def test_modularity_is_as_good_as_networkx_within_a_hundredth(engine):
    graph = cut_of(nx.planted_partition_graph(8, 20, 0.4, 0.03, seed=8).edges())
    linked, best = reference(graph)
    labels = detect(graph, resolutions=(1,), seed=1, engine=engine).labels[1]
    groups = [set(np.flatnonzero(labels == number).tolist()) for number in np.unique(labels)]
    assert modularity(graph, labels) == pytest.approx(nx.community.modularity(linked, groups, weight="weight"))
    assert modularity(graph, labels) >= best - 0.01


@pytest.mark.parametrize("engine", ENGINES)
@given(pairs=graphs, seed=st.integers(0, 3))
@settings(max_examples=examples(30))
def test_numbers_follow_the_smallest_key_communities_are_connected_and_repeats_agree(engine, pairs, seed):
    graph = cut_of(pairs)
    found = detect(graph, seed=seed, engine=engine)
    again = detect(graph, seed=seed, engine=engine)
    for resolution in RESOLUTIONS:
        labels = found.labels[resolution]
        assert np.array_equal(labels, again.labels[resolution])
        firsts = [int(np.flatnonzero(labels == number)[0]) for number in range(int(labels.max()) + 1)]
        assert firsts == sorted(firsts)
        assert np.array_equal(canonical(contiguous(graph, labels)), labels)


@pytest.mark.parametrize("engine", ENGINES)
def test_accounts_under_other_keys_lie_in_the_same_communities(engine):
    random = np.random.default_rng(11)
    one = random.integers(0, 900, 2_600)
    other = (one + random.integers(1, 30, len(one))) % 900
    plain, drawn = np.arange(900), random.permutation(90_000)[:900]
    found = [
        detect(cut_of(list(zip(keys[one].tolist(), keys[other].tolist(), strict=True))), seed=1, engine=engine) for keys in (plain, drawn)
    ]
    for resolution in RESOLUTIONS:
        labels = [made.of(keys, resolution).tolist() for made, keys in zip(found, (plain, drawn), strict=True)]
        assert len(set(zip(*labels, strict=True))) == len(set(labels[0])) == len(set(labels[1])) > 5


def test_a_place_by_shape_tells_a_star_from_its_rays_and_copes_with_nodes_without_pairs():
    pairs = [(1, place) for place in range(2, 9)] + [(20, 21)]
    graph = cut_of(pairs)
    place = place_by_shape(graph)
    assert sorted(place.tolist()) == list(range(10))
    assert place.tolist() == place_by_shape(cut_of(pairs)).tolist()
    rays, pair = place[1:8], place[8:]
    assert rays.tolist() == list(range(rays.min(), rays.min() + 7)), "alike, so by key"
    assert pair[1] == pair[0] + 1
    bare = replace(graph, one=graph.one[:0], other=graph.other[:0], weight=graph.weight[:0])
    assert place_by_shape(bare).tolist() == list(range(10))


def test_threads_are_as_before_once_communities_are_found():
    import networkit

    networkit.setNumberOfThreads(2)
    detect(cut_of([(1, 2), (2, 3)]), seed=1, engine="networkit")
    assert networkit.getMaxNumberOfThreads() == 2


def test_an_account_outside_the_graph_has_no_community():
    found = detect(cut_of([(10, 20), (20, 30)]), resolutions=(1,), seed=1)
    assert found.of(np.array([5, 10, 25, 40]), 1).tolist() == [-1, 0, -1, -1]
    nothing = detect(cut_of([]), resolutions=(1, 5), seed=1)
    assert nothing.of(np.array([1]), 5).tolist() == [-1]
    assert nothing.finest_stable() == 1


def test_a_resolution_at_which_the_graph_falls_to_pieces_is_not_stable():
    found = detect(cut_of(nx.erdos_renyi_graph(60, 0.2, seed=1).edges()), seed=1)
    assert found.inside_ppm[20] < 500_000
    assert found.finest_stable() != 20


def test_nesting_counts_accounts_whose_community_lies_within_one_coarser_community():
    fine, coarse = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 0, 0, 1])
    assert nested_ppm(fine, coarse) == 666_666


def read_karate():
    with gzip.open(SHARED / "cdlib_datasets" / "networks" / "karate_club.csv.gz", "rt") as lines:
        return [(int(row[0]), int(row[1])) for row in csv.reader(lines, delimiter=" ")]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the ground truth data sets lie beside the project")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "best"), [("karate", 0.4198), ("football", 0.6046)])
def test_known_networks_reach_their_best_known_modularity_within_a_hundredth(name, best, engine):
    pairs = read_karate() if name == "karate" else nx.read_gml(SHARED / "newman" / "football.gml", label="id").edges()
    graph = cut_of(pairs)
    assert modularity(graph, detect(graph, resolutions=(1,), seed=1, engine=engine).labels[1]) >= best - 0.01
