"""What ties leads together is what brute force finds, on every network alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from contract.network.implementations import IMPLEMENTATIONS
from contract.network.oracle import Oracle
from contract.network.world import account, transfer, world, worlds
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.times import DAY_US, HOUR_US
from bakau_casework.directory import Directory
from bakau_casework.views.lead_links import MOST_HOPS, find_ties
from bakau_graph.network import Bounds, Network

#: Everything in a small world is looked at; six transfers make a hub.
ROOMY = Bounds(hub_degree=6)
ANY = {"since_us": None, "until_us": None, "min_minor": None, "currency": None}


@dataclass
class Reading:
    """As much of a reading as ties need, over a fake snapshot."""

    network: Network
    facts: object

    @property
    def protection(self):
        return self.facts.protection

    @property
    def directory(self):
        keys = sorted(self.facts.ids)
        return Directory(np.array(keys, np.int64), pa.array([self.facts.ids[key] for key in keys]))


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.neo4j if name == "neo4j" else ()) for name in IMPLEMENTATIONS], ids=str, scope="module"
)
def open_one(request):
    return IMPLEMENTATIONS[request.param]


def brute(facts, seeds):
    """(pairs with a direct link, pairs without one that a chain in order of time joins)."""
    oracle = Oracle(facts, ROOMY)
    direct = {(t.src, t.dst) for t in facts.transfers if t.src in seeds and t.dst in seeds}
    others = [(a, b) for a in seeds for b in seeds if a != b and (a, b) not in direct]
    chained = {pair for pair in others if oracle.timed_path(*pair, **ANY, strict=False, max_hops=MOST_HOPS, include_hubs=False)["rows"]}
    return direct, chained


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_links_and_chains_among_leads_are_those_of_brute_force(open_one, data):
    facts = data.draw(worlds())
    seeds = data.draw(st.lists(st.sampled_from(sorted(facts.ids)), min_size=2, max_size=4, unique=True)) if len(facts.ids) > 1 else []
    with open_one(facts, ROOMY) as network:
        ties = find_ties(Reading(network, facts), seeds)
    direct, chained = brute(facts, seeds)
    named = {id_: key for key, id_ in facts.ids.items()}
    assert {(named[one["src_id"]], named[one["dst_id"]]) for one in ties.links} == direct
    assert {(named[one["src_id"]], named[one["dst_id"]]) for one in ties.chains} == chained
    assert (ties.is_complete, ties.pairs_left_out) == (True, 0)


def test_a_chain_may_lead_through_somebody_protected_and_names_nobody(open_one):
    hidden = account(1)[0]
    facts = world(3, [transfer(0, 0, 1, HOUR_US), transfer(1, 1, 2, 2 * HOUR_US)], protected=frozenset({hidden}))
    with open_one(facts, ROOMY) as network:
        ties = find_ties(Reading(network, facts), [account(0)[0], account(2)[0]])
    (chain,) = ties.chains
    assert (chain["src_id"], chain["dst_id"], chain["transfers"], chain["protected"]) == (account(0)[1], account(2)[1], 2, 1)
    assert [(one["src_id"], one["dst_id"], one["time"]) for one in ties.steps] == [(account(0)[1], None, None), (None, account(2)[1], None)]
    assert ties.between == []


@pytest.mark.parametrize(("time_known", "found"), [(True, 0), (False, 1)])
def test_a_date_alone_leaves_the_order_of_a_day_open(open_one, time_known, found):
    first, second = (DAY_US + 5 * HOUR_US, DAY_US) if time_known else (DAY_US, DAY_US)
    facts = world(3, [transfer(0, 0, 1, first, time_known=time_known), transfer(1, 1, 2, second, time_known=time_known)])
    with open_one(facts, ROOMY) as network:
        ties = find_ties(Reading(network, facts), [account(0)[0], account(2)[0]])
    assert len(ties.chains) == found
    assert all(chain["uses_date_only"] for chain in ties.chains)
