"""The law of stored data, in Neo4j: any sequence of load, correct, withdraw, compact and protect equals a fresh load of what remains."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from drawn import examples
from graph.archive.test_law import apply, load
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from neo4j_server import empty

from bakau.errors import NetworkError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.progress import SilentProgress
from bakau_graph.archive import Run, Source
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.derived import SCORE
from bakau_graph.archive.purge import purge
from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.emptying import EMPTY
from bakau_graph.neo4j.newest import Newest
from bakau_graph.neo4j.pairs import Pairs
from bakau_graph.neo4j.sync import bring_up, measure_behind
from bakau_graph.neo4j.verify import verify

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

step = st.one_of(
    load,
    load,
    load,
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("protect"), st.sampled_from(["A", "B", "p"])),
    st.tuples(st.just("compact"), st.just(None)),
    st.tuples(st.just("sync"), st.just(None)),
    st.tuples(st.just("marks"), st.just(None)),
)

CONTENT = """
MATCH (x) WHERE NOT x:Batch AND NOT x:Chunk AND NOT x:Bakau
RETURN labels(x) AS labels, x {.*, batch: null} AS it, [(x)-[r]->(y) | [type(r), properties(r), y.id]] AS links
"""


def content(session) -> list[str]:
    """Everything in the database but batch ids, in an order of its own."""

    def text(value) -> str:
        return json.dumps(value, sort_keys=True)

    return sorted(text([sorted(row["labels"]), row["it"], sorted(map(text, row["links"]))]) for row in session.read(CONTENT))


def play(bench, session, steps):
    """Play the steps, syncing where they say so; what stands at the end: (file, kind, rows), and who is protected."""
    standing: list[tuple[str, str, list, str]] = []
    protected = []
    for place, (kind, rows) in enumerate(steps):
        if kind == "withdraw":
            if standing:
                bench.archive.withdraw(standing.pop(rows % len(standing))[3], reason="test")
        elif kind == "protect":
            protected.append(rows)
            protect(bench, rows)
        elif kind == "compact":
            compact(bench.archive, SilentProgress())
        elif kind == "sync":
            bring_up(bench.archive, session, chunk_rows=3)
        elif kind != "marks":
            standing.append((f"f{place}", kind, rows, apply(bench, kind, rows, f"f{place}").batch_id))
    return [entry[:3] for entry in standing], protected


def protect(bench, name):
    realm = Realm.PARTY if name.islower() else Realm.ACCOUNT
    bench.archive.protect([bench.key(name, realm)], realm=realm, state=ProtectionState.PROTECTED, basis="test")


@settings(
    max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(steps=st.lists(step, min_size=1, max_size=8))
def test_any_sequence_equals_a_fresh_load_of_what_remains(steps, make_bench, neo4j_session):
    empty(neo4j_session)
    played = make_bench()
    standing, protected = play(played, neo4j_session, steps)
    bring_up(played.archive, neo4j_session, chunk_rows=3)
    assert verify(neo4j_session, played.archive.snapshot(), SilentProgress()).problems == ()
    before = content(neo4j_session)
    empty(neo4j_session)
    fresh = make_bench(like=played)
    for file, kind, rows in standing:
        apply(fresh, kind, rows, file)
    for name in protected:
        protect(fresh, name)
    bring_up(fresh.archive, neo4j_session)
    assert before == content(neo4j_session)


def test_a_correction_moves_a_transfer_and_the_sums_of_both_pairs(bench, in_step, neo4j_session):
    bench.transfers([("A", "B", 1, 100, "r1"), ("A", "B", 2, 50, "r2")])
    assert in_step(bench) == ()
    bench.transfers([("A", "C", 1, 100, "r1")], corrects=True)
    assert in_step(bench) == ()
    paid = neo4j_session.read("MATCH (a)-[p:PAID]->(b) RETURN b.key AS b, p.n AS n, p.sum_minor AS total")
    assert {(row["b"], row["n"], row["total"]) for row in paid} == {(bench.key("B"), 1, 50), (bench.key("C"), 1, 100)}


def test_what_was_withdrawn_or_corrected_is_in_no_packed_value_and_what_stays_is_what_the_archive_says(bench, in_step, neo4j_session):
    def packed() -> dict[str, set[tuple[int, ...]]]:
        """Per kind of pack what it holds: (own, other, sum) of pairs, and since when the newest of an account are (own, time)."""
        found = {}
        for name in ("newest_sent", "newest_received"):
            rows = neo4j_session.read(f"MATCH (x:Account) WHERE x.{name} IS NOT NULL RETURN x.key AS key, x.{name} AS text")
            own, newest = np.array([row["key"] for row in rows], np.int64), Newest.of_texts([row["text"] for row in rows])
            pairs = (own[newest.text], newest.rows["other"], newest.rows["total"])
            found[name] = set(zip(*(column.tolist() for column in pairs), strict=True))
            found[name] |= set(zip(own.tolist(), newest.begin_us.tolist(), strict=True))
        rows = neo4j_session.read(
            "MATCH (x:Account) WHERE x.payees IS NOT NULL RETURN x.key AS key, x.payees AS payees, coalesce(x.repeats, '') AS repeats"
        )
        pairs = Pairs.of_texts(*([row[name] for row in rows] for name in ("key", "payees", "repeats"))).figures()
        found["payees"] = set(zip(*(column.tolist() for column in (pairs.payer, pairs.payee, pairs.total, pairs.n)), strict=True))
        return found

    a, b, c, d = (bench.key(one) for one in "ABCD")
    bench.transfers([("A", "B", 1, 10, "r1"), ("A", "B", 2, 20, "r2"), ("A", "C", 3, 30, "r3")])
    more = bench.transfers([("A", "B", 4, 40, "r4"), ("D", "B", 5, 50, "r5")])
    assert in_step(bench) == ()
    assert packed() == {
        "newest_sent": {(a, 3), (a, c, 30), (a, b, 40)},
        "newest_received": {(b, 4), (b, a, 40)},
        "payees": {(a, b, 70, 3), (a, c, 30, 1), (d, b, 50, 1)},
    }
    protect(bench, "A")
    bench.transfers([("A", "C", 3, 31, "r3")], corrects=True)
    bench.archive.withdraw(more.batch_id, reason="test")
    assert in_step(bench) == ()
    assert packed() == {"newest_sent": {(a, 2), (a, b, 20)}, "newest_received": set(), "payees": {(a, b, 30, 2), (a, c, 31, 1)}}
    assert neo4j_session.read("MATCH (x:Account {key: $key}) RETURN keys(x) AS names", {"key": d}) == []


def test_a_correction_to_an_account_that_a_later_batch_brings_comes_in_one_sync(bench, in_step, neo4j_session):
    bench.transfers([("A", "B", 1, 100, "r1"), ("A", "B", 2, 50, "r2")])
    bench.transfers([("A", "C", 1, 100, "r1")], corrects=True)
    assert in_step(bench) == ()
    paid = neo4j_session.read("MATCH (a)-[p:PAID]->(b) RETURN b.key AS b, p.n AS n")
    assert {(row["b"], row["n"]) for row in paid} == {(bench.key("B"), 1), (bench.key("C"), 1)}


def test_many_chunks_over_two_connections_leave_what_one_chunk_leaves(bench, in_step, neo4j_session):
    names = [f"a{number}" for number in range(30)]
    bench.transfers([(one, other, 1, 5) for one in names[:10] for other in names[5:]])
    assert in_step(bench, chunk_rows=7) == ()
    before = content(neo4j_session)
    empty(neo4j_session)
    assert in_step(bench) == ()
    assert content(neo4j_session) == before


def test_replacing_a_batch_leaves_no_trace_of_the_old_one(bench, in_step, neo4j_session):
    old = bench.transfers([("A", "B", 1, 100, "r1"), ("C", "D", 1, 7, "r2")], file="one")
    assert in_step(bench) == ()
    bench.transfers([("A", "B", 1, 110, "r1")], file="two", replace=old.batch_id)
    assert in_step(bench) == ()
    assert neo4j_session.read("MATCH (x:Account) RETURN count(x) AS n")[0]["n"] == 2
    assert [row["id"] for row in neo4j_session.read("MATCH (b:Batch) RETURN b.id AS id")] == [
        bench.archive.snapshot().batches()[0].batch_id
    ]


def test_a_sum_that_leaves_64_bits_is_null(bench, in_step, neo4j_session):
    most = 2**63 - 1
    bench.transfers([("A", "B", 1, most), ("A", "B", 2, most), ("B", "A", 2, None)])
    assert in_step(bench) == ()
    rows = neo4j_session.read(
        "MATCH ()-[p:PAID]->() RETURN p.n AS n, p.sum_minor AS total, p.max_minor AS most, p.null_amounts AS nulls ORDER BY n"
    )
    assert [tuple(row.values()) for row in rows] == [(1, None, None, 1), (2, None, most, 0)]


def test_identifiers_tags_and_institutions_come_and_go_with_their_ends(bench, in_step, neo4j_session):
    key = bench.key("A")
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        batch.count(received=3)
        columns = {
            "kind": ["phone", "device"],
            "identifier_key": [5, 6],
            "account_key": [key, key],
            "party_key": pa.array([None, 9], pa.int64()),
        }
        batch.append("identifier", pa.table({**columns, "record": [2, 3]}))
        columns = {"tag_id": ["t1"], "subject_key": [key], "subject_realm": ["account"], "concept": ["exchange"], "label": ["secret label"]}
        batch.append("tag", pa.table({**columns, "record": [4]}))
        batch.commit()
    assert in_step(bench) == ()
    count = "MATCH ()-[r:USED|ON|AT]->() RETURN count(r) AS n"
    assert neo4j_session.read(count)[0]["n"] == 0
    late = bench.accounts([("A", {"institution_id": "BANK", "kind": "card"})])
    assert in_step(bench) == ()
    assert neo4j_session.read(count)[0]["n"] == 4
    assert neo4j_session.read("MATCH (x:Card) RETURN x.kind AS kind")[0]["kind"] == "card"
    bench.accounts([("A", {"institution_id": "OTHER", "kind": "e_wallet"})])
    assert in_step(bench) == ()
    bench.archive.withdraw(late.batch_id, reason="test")
    assert in_step(bench) == ()
    assert [row["id"] for row in neo4j_session.read("MATCH (x:Institution) RETURN x.id AS id")] == ["OTHER"]


def tag(bench, *pairs):
    """A batch of tags: (account, concept)."""
    with bench.archive.begin_batch(bench.identity(), file_name="tags.csv") as batch:
        batch.count(received=len(pairs))
        names, concepts = zip(*pairs, strict=True)
        columns = {
            "tag_id": ["-".join(pair) for pair in pairs],
            "subject_key": [bench.key(name) for name in names],
            "subject_realm": ["account"] * len(pairs),
            "concept": list(concepts),
            "record": list(range(len(pairs))),
        }
        batch.append("tag", pa.table(columns))
        return batch.commit()


def test_a_tag_goes_when_its_subject_is_protected_and_comes_back_when_the_reason_is_withdrawn(bench, in_step, neo4j_session):
    def tagged():
        return [row["id"] for row in neo4j_session.read("MATCH (x:Tag)-[:ON]->(:Account) RETURN x.id AS id ORDER BY id")]

    bench.transfers([("A", "B", 1, 100)])
    tag(bench, ("A", "reported"), ("B", "reported"))
    assert in_step(bench) == ()
    assert tagged() == ["A-reported", "B-reported"]
    harmed = tag(bench, ("A", "victim"), ("A", "reported"))
    assert in_step(bench) == ()
    assert tagged() == ["B-reported"]
    protect(bench, "B")
    assert in_step(bench) == ()
    assert tagged() == []
    bench.archive.withdraw(harmed.batch_id, reason="test")
    assert in_step(bench) == ()
    assert tagged() == ["A-reported"]


def test_a_batch_withdrawn_after_a_sync_was_killed_before_its_turn_leaves_no_trace(bench, in_step, neo4j_session, monkeypatch):
    bench.transfers([("A", "B", 1, 100)])
    later = bench.accounts([("A", {"institution_id": "BANK", "country": "PH"})])
    finish = write.FINISH_BATCH
    with monkeypatch.context() as patch:
        patch.setattr(write, "FINISH_BATCH", "no statement")
        with pytest.raises(NetworkError):
            bring_up(bench.archive, neo4j_session)
    neo4j_session.write(finish, {"id": bench.archive.snapshot().batches()[0].batch_id})
    assert neo4j_session.read("MATCH (x:Account {key: $key}) RETURN x.country AS it", {"key": bench.key("A")})[0]["it"] == "PH"
    bench.archive.withdraw(later.batch_id, reason="test")
    bench.people([("p", None)])
    assert in_step(bench) == ()


def test_an_account_whose_facts_stand_gets_new_figures_alone_and_loses_its_label_of_a_hub(bench, in_step, neo4j_session):
    bench.accounts([("A", {"institution_id": "BANK", "kind": "card"})])
    bench.transfers([("A", "B", 1, 100, "r1"), ("A", "C", 2, 50, "r2")])
    assert in_step(bench, hub_degree=3) == ()
    hubs = "MATCH (x:Hub:Card)-[:AT]->(i) RETURN x.degree AS degree, x.kind AS kind, i.id AS at"
    more = bench.transfers([("A", "D", 3, 1, "r3")])
    assert in_step(bench, hub_degree=3) == ()
    assert [tuple(row.values()) for row in neo4j_session.read(hubs)] == [(3, "card", "BANK")]
    bench.archive.withdraw(more.batch_id, reason="test")
    assert in_step(bench, hub_degree=3) == ()
    assert neo4j_session.read(hubs) == []


def test_a_payment_that_two_batches_tell_of_comes_together_and_apart(bench, in_step, neo4j_session):
    one = {"src": "A", "dst": "?payee", "end_to_end": "INV-1"}
    other = {"src": "?payer", "dst": "B", "end_to_end": "INV-1"}
    pairs = "MATCH (a)-[p:PAID]->(b) RETURN a.key AS a, b.key AS b, p.n AS n"

    def paid():
        return {(row["a"], row["b"], row["n"]) for row in neo4j_session.read(pairs)}

    def key(*names):
        return tuple(bench.key(name) for name in names)

    first = bench.messages([one])
    assert in_step(bench) == ()
    second = bench.messages([other])
    assert in_step(bench) == ()
    assert paid() == {(*key("A", "B"), 1)}
    bench.messages([{"src": "A", "dst": "B", "end_to_end": "INV-2"}])
    assert in_step(bench) == ()
    assert paid() == {(*key("A", "B"), 2)}
    bench.archive.withdraw(first.batch_id, reason="test")
    assert in_step(bench) == ()
    assert paid() == {(*key("?payer", "B"), 1), (*key("A", "B"), 1)}
    again = bench.messages([one])
    assert in_step(bench) == ()
    assert paid() == {(*key("A", "B"), 2)}
    for batch in (second, again):
        bench.archive.withdraw(batch.batch_id, reason="test")
    assert in_step(bench) == ()
    assert paid() == {(*key("A", "B"), 1)}


def test_two_batches_of_one_payment_come_in_one_sync(bench, in_step, neo4j_session):
    bench.messages([{"src": "A", "dst": "?payee", "uetr": "u"}])
    bench.messages([{"src": "?payer", "dst": "B", "uetr": "u"}, {"src": "B", "dst": "C", "uetr": "v"}])
    assert in_step(bench, chunk_rows=1) == ()
    rows = neo4j_session.read("MATCH (t:Transfer) RETURN t.src_key AS src, t.dst_key AS dst")
    assert {(row["src"], row["dst"]) for row in rows} == {(bench.key("A"), bench.key("B")), (bench.key("B"), bench.key("C"))}


def test_a_payment_of_a_batch_that_waits_is_written_once_though_its_ends_are_there(bench, in_step, neo4j_session):
    bench.messages([{"src": "A", "dst": "B", "uetr": "u"}, {"src": "B", "dst": "C", "uetr": "v"}])
    bench.messages([{"src": "C", "dst": "A", "uetr": "u"}, {"src": "C", "dst": "B", "uetr": "v"}])
    assert in_step(bench) == ()
    assert neo4j_session.read("MATCH (t:Transfer) RETURN count(t) AS n")[0]["n"] == bench.archive.snapshot().edges().num_rows


def test_a_compaction_leaves_nothing_to_do_and_a_batch_withdrawn_after_it_goes_by_its_rows(bench, in_step, neo4j_session):
    bench.transfers([("A", "B", 1, 100, "r1")])
    gone = bench.transfers([("A", "B", 2, 50, "r2"), ("C", "D", 1, 7)])
    assert in_step(bench) == ()
    assert compact(bench.archive, SilentProgress()).files_after > 0
    assert measure_behind(neo4j_session, bench.archive.snapshot()).is_current
    bench.archive.withdraw(gone.batch_id, reason="test")
    assert in_step(bench) == ()
    assert neo4j_session.read("MATCH (x:Account) RETURN count(x) AS n")[0]["n"] == 2


@pytest.mark.parametrize("killed", [False, True])
def test_what_only_a_purged_batch_held_is_gone_after_the_next_sync(bench, make_bench, in_step, neo4j_session, monkeypatch, killed):
    bench.archive.add_source(Source("gone", "Gone", "agency", "a", "b", ("training",), date(2026, 1, 31), training=False))
    bench.accounts([("A", {"country": "PH"})], file="stays")
    bench.transfers([("A", "B", 1, 100, "r1")], file="more")
    bench.transfers([("A", "B", 2, 50, "r1"), ("C", "B", 1, 7)], file="goes", source="gone")
    assert in_step(bench) == ()
    purge(bench.archive, date(2026, 2, 1))
    if killed:  # half emptied: every batch forgotten, the rows still there
        with monkeypatch.context() as patch:
            patch.setattr("bakau_graph.neo4j.emptying.EMPTY", (*EMPTY[:3], "no statement"))
            with pytest.raises(NetworkError):
                bring_up(bench.archive, neo4j_session)
    assert in_step(bench) == ()
    assert neo4j_session.read("MATCH (x:Account {key: $key}) RETURN count(x) AS n", {"key": bench.key("C")})[0]["n"] == 0
    before = content(neo4j_session)
    empty(neo4j_session)
    fresh = make_bench(like=bench)
    fresh.accounts([("A", {"country": "PH"})], file="stays")
    fresh.transfers([("A", "B", 1, 100, "r1")], file="more")
    assert in_step(fresh) == ()
    assert content(neo4j_session) == before


def test_marks_of_a_run_that_was_cleared_by_a_purge_go_with_it(bench, in_step, neo4j_session):
    bench.archive.add_source(Source("gone", "Gone", "agency", "a", "b", ("training",), date(2026, 1, 31), training=False))
    bench.transfers([("A", "B", 1, 100)])
    gone = bench.transfers([("A", "B", 2, 50)], source="gone")
    marks = {"account_key": [bench.key("A")], "points": [5], "name": ["n"], "version": ["1"], "kind": ["rule"], "contribution": [5]}
    snapshot = bench.archive.snapshot()
    run = Run("r-1", snapshot.version, snapshot.digest, "code", "packs", "local", 0, "test", parameters={"counts": {"resolution": "1"}})
    bench.archive.commit_run(run, {"score": pa.table(marks, schema=SCORE.schema)})
    bench.archive.withdraw(gone.batch_id, reason="test")
    assert in_step(bench) == ()
    marked = "MATCH (x:Marked) RETURN count(x) AS n"
    assert neo4j_session.read(marked)[0]["n"] == 1
    assert purge(bench.archive, date(2026, 2, 1)).runs == ("r-1",)
    assert in_step(bench) == ()
    assert neo4j_session.read(marked)[0]["n"] == 0
