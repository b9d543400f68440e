"""The index of names lies sealed in the vault, follows the snapshot, and forgets with the vault."""

from __future__ import annotations

from datetime import date

import pytest

from bakau.errors import VaultError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.progress import SilentProgress
from bakau_graph.archive.name_index import open_name_index
from bakau_graph.archive.verify import verify_archive


def find(bench, name):
    """Who is found under a name, by how."""
    index = open_name_index(bench.archive.workspace, bench.archive.snapshot())
    return {how: parties.tolist() for how, parties in index.find(index.keys_of(name)).items() if len(parties)}


def index_bytes(bench):
    return (bench.archive.workspace.vault / "names.index").read_bytes()


def test_nothing_is_made_before_somebody_asks_and_then_it_is_sealed_and_verify_stays_clean(bench):
    bench.people([("kerosen", date(1980, 1, 1))])
    assert not (bench.archive.workspace.vault / "names.index").exists()
    assert find(bench, "kerosen of NAME") == {"same words": [bench.key("kerosen", Realm.PARTY)]}
    made = index_bytes(bench)
    assert b"PAR1" not in made
    assert bench.key("kerosen", Realm.PARTY).to_bytes(8, "little") not in made
    assert find(bench, "Name of kerosen") != {}
    assert index_bytes(bench) == made, "what fits the snapshot is used again"
    assert verify_archive(bench.archive.workspace, SilentProgress()).problems == ()


def test_it_follows_what_is_loaded_and_withdrawn(bench):
    first = bench.people([("one", None), ("two", None)])
    assert find(bench, "name of three") == {}
    bench.people([("three", None)])
    assert find(bench, "name of three") == {"same words": [bench.key("three", Realm.PARTY)]}
    bench.archive.withdraw(first.batch_id, reason="test")
    assert find(bench, "name of one") == {}


def test_each_party_is_found_under_its_strongest_likeness_only(bench):
    bench.people([("tamvik", None), ("tamvik marlo", None), ("tomvak", None)])
    keys = {name: bench.key(name, Realm.PARTY) for name in ("tamvik", "tamvik marlo", "tomvak")}
    assert find(bench, "tamvik name of") == {
        "same words": [keys["tamvik"]],
        "more words": [keys["tamvik marlo"]],
        "same sound": [keys["tomvak"]],
    }


def test_redaction_deletes_it_and_the_name_is_found_no_more(bench):
    bench.people([("kid", date(2012, 1, 1)), ("adult", date(1980, 1, 1))])
    kid = bench.key("kid", Realm.PARTY)
    assert find(bench, "name of kid") == {"same words": [kid]}
    bench.archive.protect([kid], realm=Realm.PARTY, state=ProtectionState.PROTECTED, basis="case 1", redact=True)
    assert not (bench.archive.workspace.vault / "names.index").exists()
    assert find(bench, "name of kid") == {}
    assert find(bench, "name of adult") != {}


def test_a_damaged_index_is_made_again_and_without_the_vault_key_there_is_none(bench, monkeypatch, tmp_path):
    bench.people([("one", None)])
    whole = find(bench, "name of one")
    (bench.archive.workspace.vault / "names.index").write_bytes(index_bytes(bench)[:-3])
    assert find(bench, "name of one") == whole
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "lost"))
    with pytest.raises(VaultError):
        find(bench, "name of one")
