"""Purging: what only an expired batch held is gone from every byte of the workspace; a tombstone stays; a legal hold keeps it all."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest
from drawn import examples
from graph.archive.test_law import findings, network, view
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safeguarding.canaries import decode, read_vault_text

from bakau.errors import InputError, RefusedError
from bakau.progress import SilentProgress
from bakau.times import HOUR_US
from bakau_graph.archive import Source
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.hold import hold_source, read_holds
from bakau_graph.archive.purge import plan_purge, purge
from bakau_graph.archive.verify import verify_archive

OVER, TODAY = date(2026, 1, 31), date(2026, 2, 1)
QUIET = SilentProgress()


def add_source(bench, name, until=OVER):
    bench.archive.add_source(Source(name, name, "agency", "a", "b", ("training",), until, training=False))


def ring(who, receiver="R"):
    paid = [(f"{who}{i}", receiver, (i * 2 + part) * HOUR_US, 5_000, f"{who}-{i}-{part}") for i in range(12) for part in range(4)]
    return [*paid, (receiver, "X", 40 * HOUR_US, 230_000, f"{who}-out")]


def problems(bench):
    return verify_archive(bench.archive.workspace, QUIET).problems


def grep(bench, needle: bytes) -> list[str]:
    """Files of the workspace in whose bytes or decoded contents the needle stands."""
    folder = bench.archive.workspace.path
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle in content for content in (path.read_bytes(), decode(path)))
    ]


def surrogate(bench, name):
    import pyarrow as pa

    from bakau.ids import Realm

    found = bench.archive.surrogate_key.surrogates(Realm.ACCOUNT, "local:training", pa.array([name]))
    return found.ids[0].as_py().encode(), str(found.keys[0].as_py()).encode()


@pytest.fixture
def two(bench):
    """A source whose time is over, with a ring of its own, and one that stays; they share R and X. Analysed, and walked on."""
    add_source(bench, "gone")
    bench.transfers(ring("stay"), file="stay")
    bench.transfers(ring("only"), file="only", source="gone")
    assert len(findings(bench)["finding"]) > 0
    network(bench)
    return bench


@pytest.mark.parametrize("compacted", [False, True])
def test_after_a_purge_nothing_of_the_batch_alone_stands_in_any_file(two, make_bench, compacted):
    if compacted:
        two.transfers([("only1", "only2", 1, 5)], file="more", source="gone")
        assert compact(two.archive, QUIET).files_after > 0
    identity, key = surrogate(two, "only3")
    sealed = sealed_names(two, "gone")
    for needle in (identity, key):
        assert grep(two, needle), "the value stands there before, else this test shows nothing"
    assert "text of only3" in read_vault_text(two.archive.workspace)
    found = purge(two.archive, TODAY)
    assert {batch.source_id for batch in found.batches} == {"gone"}
    assert found.runs
    for needle in (identity, key, *sealed):
        assert grep(two, needle) == []
    assert "only3" not in read_vault_text(two.archive.workspace)
    assert grep(two, surrogate(two, "R")[0]), "an account that another batch also holds stays"
    assert problems(two) == ()
    assert two.archive.snapshot().runs() == []
    fresh = make_bench(like=two)
    fresh.transfers(ring("stay"), file="stay")
    assert (view(two), network(two), findings(two)) == (view(fresh), network(fresh), findings(fresh))
    assert purge(two.archive, TODAY).batches == ()


def sealed_names(bench, source_id):
    with bench.archive._connection() as connection:
        return [row[0] for row in connection.execute("SELECT file_name FROM batch WHERE source_id = ?", (source_id,))]


def test_the_ledger_keeps_who_when_why_how_much_and_the_names_of_the_files(two):
    with two.archive._connection() as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM segment JOIN batch USING (batch_id) WHERE source_id = 'gone'")}
    version = two.archive.version()
    purge(two.archive, TODAY, who="keeper")
    with two.archive._connection() as connection:
        (stone,) = connection.execute("SELECT * FROM tombstone").fetchall()
        removed = connection.execute(
            "SELECT name FROM segment WHERE removed_reason LIKE 'purged: source gone might be kept until%'"
        ).fetchall()
        with pytest.raises(sqlite3.DatabaseError, match="forgets nothing"):
            connection.execute("DELETE FROM tombstone")
    assert (stone["made_by"], stone["purged_in"], stone["keep_until"]) == ("keeper", version + 1, "2026-01-31")
    assert stone["row_count"] > 49
    assert stone["byte_count"] > 1000
    assert {row[0] for row in removed} == names
    (gone,) = (batch for batch in two.archive.batches() if batch.purged)
    assert (gone.withdrawn, gone.file_name, gone.report.received) == (True, "(purged)", 49)
    assert [batch.batch_id for batch in two.archive.snapshot(version).batches()] == [two.archive.snapshot().batches()[0].batch_id]


def test_the_last_day_is_a_day_on_which_it_may_be_kept(two):
    assert plan_purge(two.archive, OVER).batches == ()
    before = two.archive.version()
    assert len(plan_purge(two.archive, TODAY).batches) == 1
    assert two.archive.version() == before, "a plan changes nothing"


def test_a_withdrawn_batch_expires_as_well(two):
    gone = next(batch for batch in two.archive.batches() if batch.source_id == "gone")
    two.archive.withdraw(gone.batch_id, reason="an error")
    purge(two.archive, TODAY)
    assert grep(two, surrogate(two, "only3")[0]) == []
    assert next(batch.withdrawn_reason for batch in two.archive.batches() if batch.purged) == "an error"
    assert problems(two) == ()


def test_a_legal_hold_keeps_everything_until_it_is_released(two):
    hold_source(two.archive, "gone", reason="case 7", who="judge")
    with pytest.raises(InputError, match="on hold already"):
        hold_source(two.archive, "gone", reason="again")
    with pytest.raises(RefusedError, match="legal hold"):
        purge(two.archive, TODAY)
    assert plan_purge(two.archive, TODAY).held == (("gone", "case 7"),)
    assert grep(two, surrogate(two, "only3")[0])
    hold_source(two.archive, "gone", reason="closed", release=True, who="judge")
    with pytest.raises(InputError, match="not on hold"):
        hold_source(two.archive, "gone", reason="again", release=True)
    assert read_holds(two.archive.workspace) == {}
    assert len(purge(two.archive, TODAY).batches) == 1
    with two.archive._connection() as connection:
        rows = connection.execute("SELECT action, reason, made_by FROM hold").fetchall()
    assert [tuple(row) for row in rows] == [("hold", "case 7", "judge"), ("release", "closed", "judge")]


def test_what_is_held_does_not_keep_what_is_not(two):
    add_source(two, "held")
    two.transfers([("H", "R", 5, 7)], file="held", source="held")
    hold_source(two.archive, "held", reason="case 8")
    found = purge(two.archive, TODAY)
    assert ({batch.source_id for batch in found.batches}, found.held) == ({"gone"}, (("held", "case 8"),))


def test_a_writer_that_dies_before_the_bytes_are_gone_is_finished_by_the_next(two, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("bakau_graph.archive.purge.sweep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            purge(two.archive, TODAY)
    assert grep(two, surrogate(two, "only3")[0])
    assert problems(two) == ()
    two.people([("p", None)], file="next")
    assert grep(two, surrogate(two, "only3")[0]) == []
    assert problems(two) == ()


source = st.sampled_from(["training", "gone", "kept"])
row = st.tuples(
    st.sampled_from("ABC"), st.sampled_from("ABC"), st.integers(0, 3), st.sampled_from([1, 2]), st.sampled_from([None, "r1", "r2"])
)
rows = st.lists(row, min_size=1, max_size=4)
step = st.one_of(
    st.tuples(source, rows, st.booleans()),
    st.tuples(source, rows, st.booleans()),
    st.tuples(st.just("compact"), st.just([]), st.booleans()),
)


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, min_size=2, max_size=7))
def test_any_sequence_and_a_purge_equal_a_fresh_load_of_what_may_be_kept(steps, make_bench):
    played = make_bench()
    fresh = make_bench(like=played)
    for bench in (played, fresh):
        add_source(bench, "gone")
        add_source(bench, "kept", date(2099, 1, 1))
    for place, (what, content, corrects) in enumerate(steps):
        if what == "compact":
            compact(played.archive, QUIET)
            continue
        played.transfers(content, file=f"f{place:02}", source=what, corrects=corrects)
        if what != "gone":
            fresh.transfers(content, file=f"f{place:02}", source=what, corrects=corrects)
    purge(played.archive, TODAY)
    assert view(played) == view(fresh)
    assert problems(played) == ()
