"""Compaction: nobody who looks can tell, whatever comes after it, and damage never gets a new name."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from drawn import examples
from graph.archive.test_law import apply, load, view
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakau.errors import ArchiveError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.progress import SilentProgress
from bakau_graph.archive import Archive, Source
from bakau_graph.archive import archive as clock
from bakau_graph.archive.compaction import compact
from bakau_graph.archive.leaving import KEEP_REPLACED_US, sweep
from bakau_graph.archive.segment import segment_path
from bakau_graph.archive.verify import verify_archive

QUIET = SilentProgress()


def problems(bench):
    return verify_archive(bench.archive.workspace, QUIET).problems


def files(bench, kind="*.parquet"):
    return {path.name for path in bench.archive.workspace.path.rglob(kind)}


def names(bench):
    """Everything the vault says of parties and accounts, latest word on each."""
    snapshot = bench.archive.snapshot()
    said = {}
    for table, key, column in (
        ("account", "account_key", "number"),
        ("party", "party_key", "name"),
        ("transfer", "transfer_id", "purpose"),
    ):
        rows = snapshot.vault(table, column, snapshot.table(table, [key])[key].combine_chunks())
        said[table] = sorted(zip(rows[key].to_pylist(), rows["value"].to_pylist(), strict=True))
    return said


@pytest.fixture
def many(bench):
    """Eight batches of transfers that overlap and correct each other, people and holdings, and rejects among them."""
    bench.accounts([("A", {"country": "PH"}), ("B", {"country": "AU"})])
    bench.people([("p", date(1980, 1, 1)), ("q", date(2012, 1, 1))])
    for number in range(4):
        bench.transfers([("A", "B", number, 5, f"r{number % 2}"), ("B", "C", number, 7)])
    bench.transfers([("A", "B", 1, 50, "r1")], corrects=True)
    bench.holdings([("p", "A"), ("nobody", "B")])
    return bench


@settings(max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(load, min_size=2, max_size=6), target=st.sampled_from([None, 6, 20]))
def test_views_digest_counts_rejects_and_clear_values_are_those_of_before(steps, target, make_bench):
    bench = make_bench()
    for place, (kind, rows) in enumerate(steps):
        apply(bench, kind, rows, f"f{place}")

    def everything():
        snapshot = bench.archive.snapshot()
        rejects = [sorted(map(repr, snapshot.rejects(batch.batch_id).to_pylist())) for batch in snapshot.batches()]
        return view(bench), names(bench), snapshot.digest, bench.archive.batches(), rejects

    before, first = everything(), bench.archive.snapshot().batches()[0].batch_id
    compact(bench.archive, QUIET, target_rows=target)
    assert everything() == before
    assert problems(bench) == ()
    bench.archive.withdraw(first, reason="test")
    fresh = make_bench(like=bench)
    for place, (kind, rows) in enumerate(steps[1:], 1):
        apply(fresh, kind, rows, f"f{place}")
    assert (view(bench), names(bench)) == (view(fresh), names(fresh))


def test_many_files_become_few_and_the_same_again_does_nothing(many):
    before = len(files(many)) + len(files(many, "*.bkv"))
    done = compact(many.archive, QUIET)
    assert done.files_before > done.files_after > 0
    later = clock.now_us() + KEEP_REPLACED_US + 1
    assert sweep(many.archive.workspace, many.archive.workspace.archive / "ledger.sqlite", later) == done.files_before
    assert len(files(many)) + len(files(many, "*.bkv")) == before - done.files_before + done.files_after
    assert problems(many) == ()
    assert compact(many.archive, QUIET).files_after == 0


def test_rows_loaded_after_a_compaction_join_those_of_before(many):
    compact(many.archive, QUIET)
    many.transfers([("C", "D", 9, 1)], file="late")
    many.transfers([("C", "D", 10, 2)], file="later")
    before = view(many), names(many)
    assert compact(many.archive, QUIET).files_after > 0
    assert (view(many), names(many)) == before
    assert problems(many) == ()


def test_a_reader_on_an_older_snapshot_goes_on_for_a_day_and_older_versions_for_ever(many):
    held = many.archive.snapshot()
    edges, version = held.edges(), held.version
    compact(many.archive, QUIET)
    many.transfers([("C", "D", 9, 1)], file="late")
    assert Archive.open(many.archive.workspace.path).snapshot(version).edges() == edges
    assert held.edges() == edges
    sweep(many.archive.workspace, many.archive.workspace.archive / "ledger.sqlite", clock.now_us() + KEEP_REPLACED_US + 1)
    assert many.archive.snapshot(version).edges() == edges


def test_batches_of_two_sources_never_share_a_file(many):
    many.archive.add_source(Source("other", "Other", "agency", "a", "b", ("training",), date(2099, 1, 1), training=False))
    for number in range(3):
        many.transfers([("X", "Y", number, 3)], source="other", file=f"o{number}")
    compact(many.archive, QUIET)
    with many.archive._connection() as connection:
        rows = connection.execute(
            "SELECT name, count(DISTINCT source_id) AS sources, count(*) AS batches FROM segment JOIN batch USING (batch_id) "
            "WHERE removed_in IS NULL AND shared GROUP BY kind, name"
        ).fetchall()
    assert {row["sources"] for row in rows} == {1}
    assert max(row["batches"] for row in rows) > 3


def test_who_is_redacted_after_a_compaction_leaves_every_file_of_the_vault_old_ones_too(many):
    from bakau_graph.archive.vault import open_bytes

    compact(many.archive, QUIET)
    workspace = many.archive.workspace
    many.archive.protect([many.key("p", Realm.PARTY)], realm=Realm.PARTY, state=ProtectionState.PROTECTED, basis="test", redact=True)
    key = workspace.load_vault_key()
    said = [open_bytes(key, path.read_bytes(), table) for path in workspace.vault.rglob("*.bkv") for table in _table_of(many, path.name)]
    assert said
    assert not [text for text in said if b"Name of p" in text]
    people = many.archive.snapshot().vault("party", "name", pa.array([many.key("p", Realm.PARTY), many.key("q", Realm.PARTY)]))
    assert people["value"].to_pylist() == ["Name of q"]
    assert problems(many) == ()


def _table_of(bench, name):
    with bench.archive._connection() as connection:
        return [row[0] for row in connection.execute("SELECT DISTINCT table_name FROM segment WHERE name = ?", (name,))]


def test_a_changed_segment_is_refused_and_keeps_its_name(many):
    with many.archive._connection() as connection:
        name = connection.execute("SELECT name FROM segment WHERE kind = 'open' AND table_name = 'transfer' LIMIT 1").fetchone()[0]
    path = segment_path(many.archive.workspace.archive / "segments", name)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = files(many)
    with pytest.raises(ArchiveError, match="was changed"):
        compact(many.archive, QUIET)
    assert files(many) == before
    many.people([("z", None)], file="next")  # the next writer clears what the refused one staged
    assert list((many.archive.workspace.archive / "staging").iterdir()) == []


def test_without_the_vault_key_the_vault_is_left_as_it_is(many, monkeypatch, tmp_path):
    before = names(many)
    with monkeypatch.context() as patch:
        patch.setenv("BAKAU_KEY_DIR", str(tmp_path / "elsewhere"))
        patch.delenv("BAKAU_VAULT_KEY", raising=False)
        done = compact(many.archive, QUIET)
    assert done.vault_left > 0
    assert done.files_after > 0
    assert names(many) == before
    assert compact(many.archive, QUIET).vault_left == 0
    assert names(many) == before
