"""The law of stored data: any sequence of load, correct, withdraw, compact and re-load equals a fresh load of what remains."""

from __future__ import annotations

import dataclasses
from datetime import date

from drawn import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.model import get_table
from bakau.progress import SilentProgress
from bakau.times import DAY_US, HOUR_US
from bakau_analytics.run import analyse
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.derived import DERIVED
from bakau_graph.network import Direction
from bakau_graph.networks import open_network

NAMES = ["A", "B", "C", "D"]
account = st.sampled_from(NAMES)
transfer = st.tuples(account, account, st.integers(0, 3), st.sampled_from([1, 2]), st.sampled_from([None, None, "r1", "r2", "r3"]))
#: Few references and ends, so that payments meet, and meet in more ways than one.
end = st.sampled_from(["A", "B", "C", "?p", "?q"])
message = st.fixed_dictionaries({
    "src": end, "dst": end, "ts": st.sampled_from([0, 1, DAY_US, 9 * DAY_US]), "amount": st.sampled_from([100, 70, None]),
    "uetr": st.sampled_from([None, "u", "v"]), "end_to_end": st.sampled_from([None, "e", "f"]), "status": st.sampled_from(["settled", "initiated"]),
})  # fmt: skip
load = st.one_of(
    st.tuples(st.just("messages"), st.lists(message, min_size=1, max_size=4)),
    st.tuples(st.just("transfers"), st.lists(transfer, min_size=1, max_size=5)),
    st.tuples(st.just("corrections"), st.lists(transfer, min_size=1, max_size=3)),
    st.tuples(st.just("accounts"), st.lists(st.tuples(account, st.fixed_dictionaries({}, optional={"country": st.sampled_from(["PH", "AU", None]), "kind": st.just("e_wallet")})), min_size=1, max_size=3)),
    st.tuples(st.just("people"), st.lists(st.tuples(st.sampled_from(["p", "q"]), st.sampled_from([None, date(2012, 1, 1), date(1980, 1, 1)])), min_size=1, max_size=2)),
    st.tuples(st.just("holdings"), st.lists(st.tuples(st.sampled_from(["p", "q", "nobody"]), account), min_size=1, max_size=2)),
)  # fmt: skip
step = st.one_of(
    load,
    load,
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("reload"), st.integers(0, 9)),
    st.tuples(st.just("compact"), st.sampled_from([None, 8])),
)


def apply(bench, kind, rows, file):
    if kind in ("transfers", "corrections"):
        return bench.transfers(rows, file=file, corrects=kind == "corrections")
    return getattr(bench, kind)(rows, file=file)


def view(bench):
    """Everything a reader sees, without the batch's own number (a second load of a file has another)."""
    snapshot = bench.archive.snapshot()
    tables = {}
    with snapshot.connect() as connection:  # one for all tables: opening it takes longer than reading from it
        for name in ("transfer", "account", "party", "holding"):
            columns = ", ".join(column.name for column in get_table(name).open_columns if column.name != "batch_id")
            tables[name] = sorted(map(repr, connection.execute(f"SELECT {columns} FROM {name}").fetchall()))
    tables["edges"] = [tuple(row.values()) for row in snapshot.edges().to_pylist()]
    protection = snapshot.protection
    tables["protection"] = (
        protection.protected_accounts.tolist(),
        protection.adult_accounts.tolist(),
        protection.protected_parties.tolist(),
    )
    return tables


def network(bench):
    """Everything the network says of every account: degrees, sums, neighbours, and the subgraph around it."""
    snapshot = bench.archive.snapshot()
    opened = open_network(bench.archive.workspace, snapshot)
    said = [dataclasses.replace(opened.status(), as_of="", digest="", built_us=0)]
    for key in sorted(snapshot.table("account", ["account_key"])["account_key"].to_pylist()):
        graph = opened.load_subgraph([key], hops=2)
        said += [
            dataclasses.replace(answer, as_of="") for answer in (opened.load_account(key), opened.neighbours(key, direction=Direction.BOTH))
        ]
        said += [graph.entities.to_pylist(), graph.links.to_pylist()]
    return said


def findings(bench):
    """What an analysis finds: every derived table of its run, by content."""
    analyse(bench.archive)
    snapshot = bench.archive.snapshot()
    return {name: snapshot.derived(name).to_pylist() for name in DERIVED}


def play(bench, steps, before=()):
    """Do the steps after those that left `before`; what stands at the end, as (file, kind, rows, batch) in ledger order."""
    standing: list[tuple[str, str, list, str]] = list(before)
    withdrawn: list[tuple[str, str, list]] = []
    for place, (kind, rows) in enumerate(steps):
        if kind == "withdraw":
            if standing:
                file, what, content, batch_id = standing.pop(rows % len(standing))
                bench.archive.withdraw(batch_id, reason="test")
                withdrawn.append((file, what, content))
        elif kind == "compact":
            compact(bench.archive, SilentProgress(), target_rows=rows)
        elif kind == "reload":
            if withdrawn:
                file, what, content = withdrawn.pop(rows % len(withdrawn))
                standing.append((file, what, content, apply(bench, what, content, file).batch_id))
        else:
            file = f"f{len(before)}{place}"
            standing.append((file, kind, rows, apply(bench, kind, rows, file).batch_id))
    return standing


def load_fresh(make_bench, played, standing):
    """Another workspace with the same key that was only ever given what remains."""
    fresh = make_bench(like=played)
    for file, kind, rows, _ in standing:
        apply(fresh, kind, rows, file)
    return fresh


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, min_size=1, max_size=9))
def test_any_sequence_equals_a_fresh_load_of_what_remains(steps, make_bench):
    played = make_bench()
    fresh = load_fresh(make_bench, played, play(played, steps))
    assert view(played) == view(fresh)


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(load, min_size=1, max_size=2), steps=st.lists(step, min_size=1, max_size=6))
def test_the_network_of_any_sequence_is_that_of_a_fresh_load(first, steps, make_bench):
    played = make_bench()
    standing = play(played, first)
    network(played)  # a generation of these facts lies there when the later ones come
    standing = play(played, steps, standing)
    assert network(played) == network(load_fresh(make_bench, played, standing))


@st.composite
def busy_steps(draw):
    """Steps among which bursts and fan-ins are loaded, corrected and withdrawn, so that there is something to find."""
    rings = []
    for place in range(draw(st.integers(1, 3))):
        receiver = draw(account)
        hours = draw(st.integers(0, 300))
        senders = [f"S{place % 2}{number}" for number in range(draw(st.integers(13, 16)))]
        paid = [(name, receiver, (hours + i * 2 + part) * HOUR_US, 5_000, f"p{place % 2}{i}{part}") for i, name in enumerate(senders) for part in range(4)]  # fmt: skip
        rings.append((draw(st.sampled_from(["transfers", "corrections"])), [*paid, (receiver, "X", (hours + 40) * HOUR_US, 190_000, None)]))
    return draw(st.permutations([*rings, *draw(st.lists(step, max_size=4)), ("withdraw", draw(st.integers(0, 9)))]))


@settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=busy_steps())
def test_the_findings_of_any_sequence_are_those_of_a_fresh_load(steps, make_bench):
    played = make_bench()
    standing = play(played, steps)
    fresh = load_fresh(make_bench, played, standing)
    assert findings(played) == findings(fresh)


def test_a_withdrawn_ring_takes_its_findings_with_it_and_brings_them_back(make_bench):
    ring = [(f"S{i}", "A", (i * 2 + part) * HOUR_US, 5_000, None) for i in range(14) for part in range(4)]
    ring.append(("A", "X", 40 * HOUR_US, 230_000, None))
    quiet = ("transfers", [("B", "C", 5 * HOUR_US, 100, None)])
    played = make_bench()
    standing = play(played, [("transfers", ring), quiet])
    found = findings(played)
    assert found["finding"], "a world in which nothing is found shows nothing"
    assert found == findings(load_fresh(make_bench, played, standing))
    emptied = make_bench()
    standing = play(emptied, [("transfers", ring), quiet, ("withdraw", 0)])
    assert findings(emptied)["finding"] == [] == findings(load_fresh(make_bench, emptied, standing))["finding"]
    returned = make_bench(like=played)
    play(returned, [("transfers", ring), quiet, ("withdraw", 0), ("reload", 0)])
    assert findings(returned) == found


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(load, min_size=1, max_size=5))
def test_every_record_is_loaded_rejected_or_a_duplicate(steps, make_bench):
    bench = make_bench()
    for place, (kind, rows) in enumerate(steps):
        report = apply(bench, kind, rows, f"f{place}")
        assert report.received == len(rows) == report.loaded + report.rejected + report.duplicates
        assert len(bench.archive.snapshot().rejects(report.batch_id)) >= report.rejected
