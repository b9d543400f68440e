"""The contract of every network: the same rows as brute force, whatever the question."""

from __future__ import annotations

import pyarrow as pa
import pytest
from contract.network import shape
from contract.network.implementations import IMPLEMENTATIONS
from contract.network.oracle import Oracle
from contract.network.world import account, transfer, world, worlds
from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.errors import InputError, NotFoundError, ProtectedError
from bakau.times import DAY_US, HOUR_US
from bakau_graph.network import Bounds, Direction, Order

#: Small enough that every bound is met by small worlds.
TIGHT = Bounds(hub_degree=5, counted=2, examined=3, per_account=3)
contract = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
instants = st.none() | st.integers(-1, 72).map(lambda hour: hour * HOUR_US)
directions = st.sampled_from(Direction)


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.neo4j if name == "neo4j" else ()) for name in IMPLEMENTATIONS], ids=str, scope="module"
)
def open_one(request):
    return IMPLEMENTATIONS[request.param]


def draw_filter(data, facts):
    """A window, and a minimum or currency as far as they may be combined."""
    held = sorted({t.currency for t in facts.transfers})
    currency = data.draw(st.none() | st.sampled_from([*held, "EUR"]))
    minimum = data.draw(st.none() | st.integers(-1, 5)) if currency or len(held) <= 1 else None
    return {"since_us": data.draw(instants), "until_us": data.draw(instants), "currency": currency, "min_minor": minimum}


def draw_order(data, facts, question):
    single = question["currency"] is not None or len({t.currency for t in facts.transfers}) <= 1
    return data.draw(st.sampled_from(Order)) if single else Order.NEWEST


def draw_key(data, facts):
    return data.draw(st.sampled_from(sorted(facts.ids)))


@contract
@given(st.data())
def test_neighbours_are_those_of_brute_force(open_one, data):
    facts = data.draw(worlds())
    question = draw_filter(data, facts) | {"direction": data.draw(directions), "limit": data.draw(st.integers(1, 8))}
    question["order"] = draw_order(data, facts, question)
    key = draw_key(data, facts)
    with open_one(facts, TIGHT) as network:
        answer = network.neighbours(key, **question)
    assert shape.neighbours(answer) == Oracle(facts, TIGHT).neighbours(key, **question)
    assert answer.as_of == facts.label


@contract
@given(st.data())
def test_transfers_between_two_accounts_are_those_of_brute_force(open_one, data):
    facts = data.draw(worlds(most_accounts=3))
    question = draw_filter(data, facts) | {"direction": data.draw(directions), "limit": data.draw(st.integers(1, 8))}
    question["order"] = draw_order(data, facts, question)
    a, b = draw_key(data, facts), draw_key(data, facts)
    with open_one(facts, TIGHT) as network:
        answer = network.transfers_between(a, b, **question)
    assert shape.transfers(answer) == Oracle(facts, TIGHT).transfers_between(a, b, **question)
    by_id = {t.transfer_id: t for t in facts.transfers}
    for row in answer.transfers.to_pylist():
        t = by_id[row["transfer_id"]]
        assert (t.src, t.dst, t.ts_us, t.time_known, t.amount, t.currency) == (
            row["src_key"], row["dst_key"], row["ts_us"], row["time_known"], row["amount_minor"], row["currency"],
        )  # fmt: skip
        assert (row["src_id"], row["dst_id"]) == (facts.ids[t.src], facts.ids[t.dst])


@contract
@given(st.data())
def test_paths_are_those_of_brute_force(open_one, data):
    facts = data.draw(worlds().filter(lambda found: len(found.ids) > 1))
    question = draw_filter(data, facts) | {
        "direction": data.draw(directions),
        "limit": data.draw(st.integers(1, 4)),
        "max_hops": data.draw(st.integers(1, 5)),
        "include_hubs": data.draw(st.booleans()),
    }
    a, b = data.draw(st.permutations(sorted(facts.ids)))[:2]
    with open_one(facts, TIGHT) as network:
        answer = network.find_paths(a, b, **question)
    assert shape.paths(answer) == Oracle(facts, TIGHT).find_paths(a, b, **question)
    assert answer.is_complete
    assert all(path.account_ids == tuple(facts.ids[key] for key in path.account_keys) for path in answer.paths)


@contract
@given(st.data())
def test_the_time_respecting_path_is_that_of_brute_force(open_one, data):
    facts = data.draw(worlds(most_transfers=14).filter(lambda found: len(found.ids) > 1))
    question = draw_filter(data, facts) | {
        "strict": data.draw(st.booleans()),
        "max_hops": data.draw(st.integers(1, 5)),
        "include_hubs": data.draw(st.booleans()),
    }
    a, b = data.draw(st.permutations(sorted(facts.ids)))[:2]
    with open_one(facts, TIGHT) as network:
        answer = network.find_time_respecting_path(a, b, **question)
    assert shape.timed_path(answer) == Oracle(facts, TIGHT).timed_path(a, b, **question)


@contract
@given(st.data())
def test_subgraphs_are_those_of_brute_force(open_one, data):
    facts = data.draw(worlds(most_accounts=9, most_transfers=30))
    seeds = data.draw(st.lists(st.sampled_from(sorted(facts.ids)), min_size=1, max_size=2))
    question = draw_filter(data, facts) | {
        "direction": data.draw(directions),
        "hops": data.draw(st.integers(1, 4)),
        "max_entities": data.draw(st.integers(len(set(seeds)), 9)),
        "include_hubs": data.draw(st.booleans()),
    }
    with open_one(facts, TIGHT) as network:
        answer = network.load_subgraph(seeds, **question)
    assert shape.subgraph(answer) == Oracle(facts, TIGHT).subgraph(seeds, **question)


@contract
@given(worlds(), st.integers(1, 4), st.integers(0, 6))
def test_hubs_are_ranked_by_degree_then_id(open_one, facts, limit, degree):
    with open_one(facts, TIGHT) as network:
        answer = network.hubs(limit, min_degree=degree)
    found = [row.account_key for row in answer.accounts], (answer.left_out, answer.left_out_is_exact)
    assert found == Oracle(facts, TIGHT).hubs(limit, degree)


@contract
@given(st.data())
def test_an_account_is_found_by_the_beginning_of_its_id(open_one, data):
    facts = data.draw(worlds())
    id_ = facts.ids[draw_key(data, facts)]
    prefix = id_[: data.draw(st.integers(8, 30))]
    with open_one(facts, TIGHT) as network:
        answer = network.find_accounts(f" {prefix.upper()} ", limit=3)
        nobody = network.find_accounts("acc_zzzz", limit=3)
    found = [row.account_key for row in answer.accounts], (answer.left_out, answer.left_out_is_exact)
    assert found == Oracle(facts, TIGHT).find_accounts(prefix, 3)
    assert nobody.accounts == ()


def test_accounts_of_one_beginning_come_in_order_of_id_and_the_rest_is_counted(open_one):
    facts = world(2_000, [])
    prefix = next(beginning for beginning in sorted(id_[:8] for id_ in facts.ids.values()) if True)
    key = next(key for key, id_ in facts.ids.items() if id_.startswith(prefix))
    facts.ids.update({key + 1: prefix + "2" * 22, key + 2: prefix + "a" * 22})
    with open_one(facts, TIGHT) as network:
        answer = network.find_accounts(prefix, limit=1)
    assert ([row.account_key for row in answer.accounts], (answer.left_out, answer.left_out_is_exact)) == Oracle(
        facts, TIGHT
    ).find_accounts(prefix, 1)
    assert answer.left_out > 0


@contract
@given(st.data())
def test_an_account_says_what_it_received_and_sent(open_one, data):
    facts = data.draw(worlds())
    key = draw_key(data, facts)
    with open_one(facts, TIGHT) as network:
        answer = network.load_account(key)
    received, sent = ([t for t in Oracle(facts, TIGHT).order if getattr(t, end) == key] for end in ("dst", "src"))
    row = answer.account
    assert (row.account_key, row.account_id, row.kind, row.stub) == (key, facts.ids[key], "bank_account", False)
    assert (shape.sums(answer.received), shape.sums(answer.sent)) == (Oracle.sums(received), Oracle.sums(sent))
    assert (row.transfers_in, row.transfers_out) == (len(received), len(sent))
    times = [t.ts_us for t in received + sent]
    assert (row.first_us, row.last_us) == (min(times, default=None), max(times, default=None))
    assert answer.null_amounts == sum(t.amount is None for t in received + sent)


@contract
@given(worlds())
def test_status_counts_what_is_there(open_one, facts):
    with open_one(facts, TIGHT) as network:
        state = network.status()
    oracle = Oracle(facts, TIGHT)
    assert (state.accounts, state.transfers, state.digest, state.as_of) == (len(facts.ids), len(facts.transfers), facts.digest, facts.label)
    assert [(c.currency, c.transfers, c.null_amounts) for c in state.currencies] == [
        (s[0], s[1], s[4]) for s in oracle.sums(facts.transfers)
    ]
    assert state.null_amounts == oracle.nulls(facts.transfers, None)
    assert state.hubs == sum(oracle.is_hub(key) for key in facts.ids)
    assert not state.is_loading


# --- said by example ------------------------------------------------------------------------------------------------------


def test_a_window_takes_its_first_instant_and_not_its_last(open_one):
    facts = world(2, [transfer(n, 0, 1, n * HOUR_US) for n in range(3)])
    with open_one(facts, Bounds()) as network:
        answer = network.transfers_between(account(0)[0], account(1)[0], since_us=0, until_us=2 * HOUR_US)
    assert answer.transfers["ts_us"].to_pylist() == [HOUR_US, 0]


def test_money_may_pass_through_two_accounts_on_one_day_when_only_dates_are_known(open_one):
    facts = world(3, [transfer(0, 1, 2, 0, time_known=False), transfer(1, 0, 1, 0, time_known=False)])
    with open_one(facts, Bounds()) as network:
        answer = network.find_time_respecting_path(account(0)[0], account(2)[0])
    assert answer.uses_date_only
    assert [hop.at_us for hop in answer.hops] == [0, 0]


def test_a_transfer_of_a_later_hour_still_reaches_a_payment_dated_that_day(open_one):
    facts = world(3, [transfer(0, 0, 1, 20 * HOUR_US), transfer(1, 1, 2, 0, time_known=False)])
    with open_one(facts, Bounds()) as network:
        answer = network.find_time_respecting_path(account(0)[0], account(2)[0])
        day_later = network.find_time_respecting_path(account(2)[0], account(0)[0])
    assert answer.arrival_us == 20 * HOUR_US
    assert day_later.hops == ()
    assert day_later.arrival_us is None


def test_the_same_instant_is_in_time_unless_strict(open_one):
    facts = world(3, [transfer(0, 0, 1, DAY_US), transfer(1, 1, 2, DAY_US)])
    with open_one(facts, Bounds()) as network:
        assert len(network.find_time_respecting_path(account(0)[0], account(2)[0]).hops) == 2
        assert not network.find_time_respecting_path(account(0)[0], account(2)[0], strict=True).hops


def test_a_minimum_or_the_largest_across_currencies_is_refused(open_one):
    facts = world(2, [transfer(0, 0, 1, 0, currency="USD"), transfer(1, 0, 1, 0, currency="PHP")])
    a, b = account(0)[0], account(1)[0]
    with open_one(facts, Bounds()) as network:
        for ask in (
            lambda: network.neighbours(a, min_minor=1),
            lambda: network.neighbours(a, order=Order.LARGEST),
            lambda: network.transfers_between(a, b, min_minor=1),
            lambda: network.find_paths(a, b, min_minor=1),
            lambda: network.find_time_respecting_path(a, b, min_minor=1),
            lambda: network.load_subgraph([a], min_minor=1),
        ):
            with pytest.raises(InputError, match="across 2 currencies"):
                ask()
        assert network.neighbours(a, min_minor=1, currency="PHP").neighbours[0].transfers == 1


def test_an_unknown_account_is_said_to_be_unknown(open_one):
    facts = world(2, [transfer(0, 0, 1, 0)])
    a, nobody = account(0)[0], account(9)[0]
    with open_one(facts, Bounds()) as network:
        for ask in (
            lambda: network.load_account(nobody),
            lambda: network.neighbours(nobody),
            lambda: network.transfers_between(a, nobody),
            lambda: network.find_paths(nobody, a),
            lambda: network.find_time_respecting_path(a, nobody),
            lambda: network.load_subgraph([a, nobody]),
        ):
            with pytest.raises(NotFoundError):
                ask()


def test_questions_that_make_no_sense_are_refused(open_one):
    facts = world(3, [transfer(0, 0, 1, 0)])
    a, b = account(0)[0], account(1)[0]
    with open_one(facts, Bounds()) as network:
        for ask in (
            lambda: network.find_accounts("acc_abc"),
            lambda: network.find_accounts("Maria"),
            lambda: network.find_accounts("acc_abcd", limit=0),
            lambda: network.find_paths(a, a),
            lambda: network.find_paths(a, b, max_hops=0),
            lambda: network.find_time_respecting_path(a, b, max_hops=13),
            lambda: network.load_subgraph([a, b], max_entities=1),
            lambda: network.neighbours(a, limit=100_001),
        ):
            with pytest.raises(InputError):
                ask()


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_network_answers(open_one, count):
    facts = world(count, [])
    with open_one(facts, Bounds()) as network:
        assert network.status().transfers == 0
        assert network.hubs().accounts == ()
        assert network.find_accounts("acc_abcd").accounts == ()
        if count:
            key = account(0)[0]
            assert network.neighbours(key).neighbours == ()
            assert network.load_account(key).account.first_us is None
            answer = network.load_subgraph([key], hops=3)
            assert (len(answer.entities), len(answer.links)) == (1, 0)


def test_sums_beyond_64_bits_stay_exact_or_are_not_said(open_one):
    most = 2**63 - 1
    facts = world(2, [transfer(n, 0, 1, n, amount=most) for n in range(3)])
    key = account(0)[0]
    with open_one(facts, Bounds()) as network:
        assert network.neighbours(key).neighbours[0].sums[0].sum_minor == 3 * most
        assert network.load_account(key).sent[0].sum_minor == 3 * most
        assert network.load_subgraph([key]).links["sum_minor"].to_pylist() == [None]


def test_a_hub_is_cut_newest_first_and_says_so(open_one):
    facts = world(60, [transfer(n, n % 59 + 1, 0, n) for n in range(300)])
    bounds = Bounds(examined=50, hub_degree=100, per_account=50)
    with open_one(facts, bounds) as network:
        answer = network.neighbours(account(0)[0], limit=10)
        around = network.load_subgraph([account(0)[0]])
    assert [row.last_us for row in answer.neighbours] == list(range(299, 289, -1))
    assert (answer.not_examined, answer.left_out, answer.left_out_is_exact) == (250, 40, False)
    assert around.entities["not_examined"].to_pylist()[0] == 250
    assert len(around.entities) == 51


# --- marks ----------------------------------------------------------------------------------------------------------------


def marks_of(*rows):
    keys, scores, communities = zip(*rows, strict=True)
    return pa.table(
        {"account_key": pa.array(keys, pa.int64()), "score": pa.array(scores, pa.int64()), "community": pa.array(communities, pa.string())}
    )


def test_marks_are_shown_on_accounts_and_replaced_whole(open_one):
    facts = world(3, [transfer(0, 0, 1, 0)])
    keys = [account(n)[0] for n in range(3)]
    with open_one(facts, Bounds()) as network:
        report = network.write_marks("run-1", marks_of((keys[0], 70, "c1"), (account(9)[0], 5, "c2")))
        assert (report.written, report.unknown, report.run_id) == (1, 1, "run-1")
        assert network.load_account(keys[0]).account.marks == (("score", 70), ("community", "c1"))
        assert network.status().marks_run_id == "run-1"
        network.write_marks("run-2", marks_of((keys[1], 3, None)))
        assert network.load_account(keys[0]).account.marks == ()
        assert network.load_account(keys[1]).account.marks == (("score", 3),)
        assert (network.status().marks_run_id, network.status().marked_accounts) == ("run-2", 1)


def test_a_mark_on_a_protected_account_is_refused_and_nothing_is_written(open_one):
    keys = [account(n)[0] for n in range(2)]
    facts = world(2, [transfer(0, 0, 1, 0)], protected=frozenset({keys[1]}))
    with open_one(facts, Bounds()) as network:
        with pytest.raises(ProtectedError):
            network.write_marks("run-1", marks_of((keys[0], 1, "a"), (keys[1], 2, "b")))
        assert network.status().marks_run_id is None
