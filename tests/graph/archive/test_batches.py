"""Batches: duplicates, conflicts, corrections, collisions, dangling rows, and what a snapshot sees."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bakau.errors import ArchiveError, InputError, NotFoundError, OvertakenError
from bakau.ids import Realm, SurrogateKey
from bakau.model import ProtectionState
from bakau_graph.archive import BatchIdentity


def test_a_batch_is_visible_only_when_committed_and_leaves_nothing_otherwise(bench):
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        batch.count(received=1)
        bench._stubs(batch, ["A"])
    assert bench.archive.batches() == []
    assert len(bench.archive.snapshot().table("account")) == 0
    assert list((bench.archive.workspace.archive / "staging").iterdir()) == []


def test_accounting_that_does_not_add_up_is_refused(bench):
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        batch.count(received=2)
        bench._stubs(batch, ["A"])
        with pytest.raises(ArchiveError, match="does not add up"):
            batch.commit()
    assert bench.archive.batches() == []


def test_a_repeated_record_is_a_duplicate_and_a_changed_one_a_conflict(bench):
    bench.transfers([("A", "B", 1, 5, "r1"), ("A", "B", 2, 5, "r2")])
    report = bench.transfers([("A", "B", 1, 5, "r1"), ("A", "B", 2, 6, "r2"), ("A", "B", 3, 7, "r3")])
    assert (report.loaded, report.duplicates, report.rejected, report.conflicts) == (1, 1, 1, 1)
    (reject,) = bench.archive.snapshot().rejects(report.batch_id).to_pylist()
    assert (reject["record"], reject["code"]) == (3, "conflicting_version")
    assert bench.amounts() == [5, 5, 7]


def test_a_conflicting_record_stands_once_the_first_is_withdrawn(bench):
    first = bench.transfers([("A", "B", 1, 5, "r1")])
    bench.transfers([("A", "B", 1, 6, "r1")])
    assert bench.amounts() == [5]
    bench.archive.withdraw(first.batch_id, reason="sent by mistake")
    assert bench.amounts() == [6]


def test_a_withdrawn_duplicate_leaves_the_other_copy(bench):
    first = bench.transfers([("A", "B", 1, 5, "r1")])
    bench.transfers([("A", "B", 1, 5, "r1")])
    bench.archive.withdraw(first.batch_id, reason="again")
    assert bench.amounts() == [5]


def test_a_declared_correction_takes_over_and_keeps_what_it_does_not_say(bench):
    bench.transfers([("A", "B", 1, 5, "r1")])
    corrected = bench.transfers([("A", "B", 1, None, "r1")], corrects=True)
    assert bench.amounts() == [5], "a correction that states no amount changes none"
    bench.archive.withdraw(corrected.batch_id, reason="test")
    bench.transfers([("A", "B", 1, 9, "r1")], corrects=True)
    assert bench.amounts() == [9]


def test_the_same_reference_within_a_file_counts_once(bench):
    report = bench.transfers([("A", "B", 1, 5, "r1"), ("A", "B", 1, 5, "r1"), ("A", "B", 1, 6, "r1")])
    assert (report.loaded, report.duplicates, report.conflicts) == (1, 1, 1)


def test_a_replaced_batch_and_its_heir_change_places_in_one_version(bench):
    first = bench.transfers([("A", "B", 1, 5)])
    before = bench.archive.snapshot().version
    bench.transfers([("A", "B", 1, 6)], replace=first.batch_id)
    assert bench.archive.snapshot().version == before + 1
    assert bench.amounts() == [6]
    assert [batch.withdrawn for batch in bench.archive.batches()] == [True, False]


def test_the_same_identity_twice_is_refused_and_again_allowed_after_withdrawal(bench):
    report = bench.transfers([("A", "B", 1, 5)], file="one")
    with pytest.raises(InputError, match="stands already"):
        bench.transfers([("A", "B", 1, 5)], file="one")
    bench.archive.withdraw(report.batch_id, reason="test")
    again = bench.transfers([("A", "B", 1, 5)], file="one")
    assert again.batch_id != report.batch_id


def test_a_withdrawal_needs_a_reason_and_a_batch(bench):
    report = bench.transfers([("A", "B", 1, 5)])
    with pytest.raises(InputError):
        bench.archive.withdraw(report.batch_id, reason=" ")
    with pytest.raises(NotFoundError):
        bench.archive.withdraw("b-none", reason="x")
    assert bench.archive.batches()[0].withdrawn is False


def test_a_dangling_holding_is_rejected_and_stands_once_its_owner_arrives(bench):
    bench.accounts([("A", {"country": "PH"})])
    report = bench.holdings([("p", "A")])
    assert (report.loaded, report.rejected) == (0, 1)
    assert bench.archive.snapshot().rejects(report.batch_id)["code"].to_pylist() == ["dangling_reference"]
    assert len(bench.archive.snapshot().table("holding")) == 0
    bench.people([("p", None)])
    assert len(bench.archive.snapshot().table("holding")) == 1


def test_a_key_collision_is_seen_and_never_mixes_two_accounts(bench, monkeypatch):
    bench.transfers([("A", "B", 1, 5)])
    known = bench.archive.surrogate_key.digest(Realm.ACCOUNT, "local:training", "A")

    def digests(self, realm, scheme, values):
        return b"".join(known[:8] + bytes(8) if value == "Z" else b"\x07" * 16 for value in values)

    monkeypatch.setattr(SurrogateKey, "digests", digests)
    found = bench.archive.surrogate_key.surrogates(Realm.ACCOUNT, "local:training", pa.array(["Z", "Y"]))
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        assert batch.colliding(Realm.ACCOUNT, found.ids, found.keys).to_pylist() == [True, False]


def test_a_batch_overtaken_by_one_with_the_same_key_for_another_id_is_made_anew(bench, monkeypatch):
    digests = {"A": b"\x05" * 8 + bytes(8), "Z": b"\x05" * 8 + b"\x01" * 8}
    monkeypatch.setattr(SurrogateKey, "digests", lambda _, __, ___, values: b"".join(digests.get(value, b"\x07" * 16) for value in values))
    found = bench.archive.surrogate_key.surrogates(Realm.ACCOUNT, "local:training", pa.array(["Z"]))
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        assert batch.colliding(Realm.ACCOUNT, found.ids, found.keys).to_pylist() == [False]
        bench.transfers([("A", "B", 1, 5)])
        with pytest.raises(OvertakenError):
            batch.commit()
    assert len(bench.archive.batches()) == 1
    assert list((bench.archive.workspace.archive / "staging").iterdir()) == []


def test_a_batch_made_ready_before_somebody_was_redacted_brings_no_value_of_theirs_back(bench):
    with bench.archive.begin_batch(bench.identity(), file_name="x.csv") as batch:
        bench.transfers([("A", "B", 1, 5)])
        bench.archive.protect([bench.key("A")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="x", redact=True)
        with pytest.raises(OvertakenError):
            batch.commit()


def test_a_record_outweighs_a_stub_and_the_latest_value_wins_per_column(bench):
    bench.accounts([("A", {"country": "PH", "currency": "PHP"})])
    bench.transfers([("A", "B", 1, 5)])
    bench.accounts([("A", {"country": "AU", "currency": None})])
    rows = {row["account_key"]: row for row in bench.archive.snapshot().table("account").to_pylist()}
    found = rows[bench.key("A")]
    assert (found["country"], found["currency"], found["stub"]) == ("AU", "PHP", False)
    assert rows[bench.key("B")]["stub"] is True


def test_an_old_snapshot_stays_what_it_was(bench):
    bench.transfers([("A", "B", 1, 5)])
    old = bench.archive.snapshot()
    label = old.label
    report = bench.transfers([("A", "B", 2, 6)])
    bench.archive.withdraw(report.batch_id, reason="x")
    assert old.table("transfer")["amount_minor"].to_pylist() == [5]
    assert bench.archive.snapshot(old.version).label == label
    assert bench.archive.snapshot().digest == old.digest, "what remains is the same facts"


def test_a_file_name_is_sealed_in_the_ledger(bench, monkeypatch, tmp_path):
    bench.transfers([("A", "B", 1, 5)])
    held = b"".join(path.read_bytes() for path in bench.archive.workspace.archive.rglob("*") if path.is_file())
    assert b"secret name" not in held
    assert bench.archive.batches()[0].file_name == "secret name.csv"
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "elsewhere"))
    assert bench.archive.batches()[0].file_name == "(sealed)"


def test_sources_of_real_data_need_authority_basis_purposes_and_an_end(bench):
    from bakau_graph.archive import Source

    with pytest.raises(InputError, match="needs"):
        bench.archive.add_source(Source("bank", "Bank", "institution", "", "law", ("investigation",), None, training=False))
    with pytest.raises(NotFoundError), bench.archive.begin_batch(BatchIdentity("nobody", "0" * 64, "m", "t"), file_name="x"):
        pass


def test_paid_sums_settled_transfers_per_pair_and_currency(bench):
    bench.transfers([("A", "B", 1, 5), ("A", "B", 9, 7), ("B", "A", 3, 1)])
    with bench.archive.snapshot().connect() as connection:
        rows = connection.execute(
            "SELECT n, sum_minor, first_us, last_us, max_minor FROM paid WHERE src_key = $k", {"k": bench.key("A")}
        ).fetchall()
    assert rows == [(2, 12, 1, 9, 7)]


def test_a_commit_the_ledger_refuses_leaves_no_file_behind(bench, monkeypatch):
    from bakau.progress import SilentProgress
    from bakau_graph.archive import Archive
    from bakau_graph.archive.verify import verify_archive

    bench.transfers([("A", "B", 1, 5)])
    held = sorted(path.name for path in bench.archive.workspace.path.rglob("*") if path.is_file() and path.suffix in {".parquet", ".bkv"})

    def refuse(self, *_, **__):
        raise ArchiveError("disk full")

    monkeypatch.setattr(Archive, "_list_batch", refuse)
    with pytest.raises(ArchiveError, match="disk full"):
        bench.transfers([("A", "B", 2, 6)])
    left = sorted(path.name for path in bench.archive.workspace.path.rglob("*") if path.is_file() and path.suffix in {".parquet", ".bkv"})
    assert left == held
    assert verify_archive(bench.archive.workspace, SilentProgress()).problems == ()


def test_what_a_dead_writer_announced_is_no_problem_and_cleared_by_the_next_one_in_this_workspace_only(bench, make_bench, tmp_path):
    from bakau.progress import SilentProgress
    from bakau_graph.archive.segment import segment_path, write_intent
    from bakau_graph.archive.verify import verify_archive

    workspace = bench.archive.workspace
    stray = segment_path(workspace.archive / "segments", "a" * 64 + ".parquet")
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"half")
    assert verify_archive(workspace, SilentProgress()).problems != ()
    outside = tmp_path / ("b" * 64 + ".parquet")
    outside.write_bytes(b"not ours")
    write_intent(workspace.archive / "staging", "b-dead", [stray.name, str(outside), "../../" + outside.name])
    assert verify_archive(workspace, SilentProgress()).problems == ()
    bench.transfers([("A", "B", 1, 5)])
    assert not stray.exists()
    assert outside.exists()
