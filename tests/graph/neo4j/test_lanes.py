"""Two lanes: what has nothing in common is under way together, what has goes in its order. No server is needed."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from threading import Barrier, Lock

import pytest
from graph.archive.conftest import Bench

from bakau_graph.neo4j.chunks import Chunk
from bakau_graph.neo4j.delta import EVERY_GROUP, Delta
from bakau_graph.neo4j.lanes import Lanes, Planned


def planned(*groups):
    """One chunk per set of groups, numbered in order."""
    return iter([Planned(frozenset(some), partial(Chunk, "transfer", number, 1, "", ())) for number, some in enumerate(groups)])


def test_chunks_without_a_common_group_are_under_way_together():
    meeting = Barrier(2)

    def write(chunks):
        for _ in chunks:
            meeting.wait(timeout=120)  # breaks, and fails the test, when nobody else comes

    Lanes(planned({0, 1}, {2, 3}, {0, 2}, {1, 3}), write).run()
    assert not meeting.broken


def test_chunks_with_a_common_group_go_one_by_one_in_their_order():
    guard, written = Lock(), []

    def write(chunks):
        for chunk in chunks:
            assert guard.acquire(blocking=False)
            written.append(chunk.number)
            guard.release()

    Lanes(planned(*[EVERY_GROUP] * 200), write).run()
    assert written == list(range(200))


def test_the_first_error_stops_both_lanes_and_is_raised():
    written = []

    def write(chunks):
        for chunk in chunks:
            if chunk.number == 1:
                raise RuntimeError
            written.append(chunk.number)

    with pytest.raises(RuntimeError):
        Lanes(planned(*[EVERY_GROUP] * 50), write).run()
    assert written == [0]


def chunks_of(bench: Bench, batch_id: str, others: list[str]):
    """Number, groups and transfer ids of the chunks of a batch, cut very small."""
    delta = Delta(bench.archive.snapshot(), hub_degree=1_000, size=3)
    try:
        every = [(each.groups, each.build()) for each in delta.chunks(batch_id, others, (), going=False)]
        ids = delta.connection.execute("SELECT chunk, transfer_id FROM touched_transfer ORDER BY ALL").fetchall()
    finally:
        delta.close()
    return [(groups, chunk.number) for groups, chunk in every if chunk.step == "transfer"], ids


def test_neighbouring_chunks_of_transfers_have_no_account_group_in_common_and_are_cut_alike_later(make_bench):
    bench = make_bench()
    names = [f"a{number}" for number in range(40)]
    first = bench.transfers([(one, other, 1, 5) for one, other in zip(names, names[7:] + names[:7], strict=True)])
    chunks, ids = chunks_of(bench, first.batch_id, [])
    assert [number for _, number in chunks] == list(range(len(chunks)))
    assert len(ids) == len(names)
    assert any(not one & other for (one, _), (other, _) in pairwise(chunks))
    assert all(len(groups) <= 2 for groups, _ in chunks)
    second = bench.transfers([("a1", "b1", 1, 5)])
    assert chunks_of(bench, first.batch_id, [second.batch_id]) == (chunks, ids)
