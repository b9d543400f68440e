"""What was found out about facts is found once, and again as soon as facts or marks are others."""

from __future__ import annotations

from bakau.ids import Realm
from bakau.model import ProtectionState


def test_snapshots_of_the_same_facts_share_who_is_protected(bench):
    bench.transfers([("A", "B", 1, 100)])
    first, second = bench.archive.snapshot(), bench.archive.snapshot()
    assert second.protection is first.protection
    assert second.scorable() is first.scorable()


def test_a_mark_or_a_batch_more_is_looked_at_anew_and_the_older_snapshot_stays_as_it_was(bench):
    bench.transfers([("A", "B", 1, 100)])
    before = bench.archive.snapshot()
    assert not len(before.protection.protected_accounts)
    bench.archive.protect([bench.key("A")], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    marked = bench.archive.snapshot()
    assert marked.protection.protected_accounts.tolist() == [bench.key("A")]
    assert not len(before.protection.protected_accounts)
    assert bench.archive.snapshot(before.version).scorable().keys.tolist() == sorted([bench.key("A"), bench.key("B")])
    bench.transfers([("C", "D", 2, 100)])
    assert sorted(bench.archive.snapshot().scorable().keys.tolist()) == sorted(bench.key(name) for name in "BCD")
    assert before.protection is not bench.archive.snapshot().protection
