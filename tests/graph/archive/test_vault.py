"""The vault: sealed, noticed when changed, able to forget; everything else readable without its key."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import VaultError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau_graph.archive.vault import open_bytes, seal_bytes

KEY = bytes(range(32))


@given(plain=st.binary(max_size=200), at=st.integers(0, 400), bit=st.integers(0, 7))
def test_what_is_sealed_opens_and_any_changed_bit_is_noticed(plain, at, bit):
    sealed = seal_bytes(KEY, plain, "party")
    assert open_bytes(KEY, sealed, "party") == plain
    changed = bytearray(sealed)
    changed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(VaultError):
        open_bytes(KEY, bytes(changed), "party")
    with pytest.raises(VaultError):
        open_bytes(KEY, sealed, "account")
    with pytest.raises(VaultError):
        open_bytes(bytes(32), sealed, "party")
    with pytest.raises(VaultError):
        open_bytes(KEY, sealed[: at % len(sealed)], "party")


def clear_values(bench) -> str:
    """Every clear value the vault still gives out, withdrawn batches included."""
    from bakau_graph.archive.ledger import FILE_NAME, connect
    from bakau_graph.archive.vault import open_vault_segment

    workspace = bench.archive.workspace
    connection = connect(workspace.archive / FILE_NAME)
    rows = connection.execute("SELECT table_name, name FROM segment WHERE kind = 'vault' AND removed_in IS NULL").fetchall()
    connection.close()
    key = workspace.load_vault_key()
    return str([open_vault_segment(workspace.vault, row["name"], key, row["table_name"]).to_pylist() for row in rows])


def test_no_clear_value_lies_outside_the_vault(bench):
    bench.people([("p", date(2012, 1, 1))])
    bench.transfers([("ACCOUNT-CANARY", "B", 1, 5, "REF-CANARY")])
    held = b"".join(path.read_bytes() for path in bench.archive.workspace.path.rglob("*") if path.is_file())
    for canary in (b"ACCOUNT-CANARY", b"REF-CANARY", b"Name of p", b"text of"):
        assert canary not in held
    assert "ACCOUNT-CANARY" in clear_values(bench)


def test_without_the_key_open_facts_stay_readable_and_values_say_what_to_do(bench, monkeypatch, tmp_path):
    bench.transfers([("A", "B", 1, 5)])
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "lost"))
    snapshot = bench.archive.snapshot()
    assert len(snapshot.edges()) == 1
    with pytest.raises(VaultError) as caught:
        snapshot.vault("account", "number", pa.array([bench.key("A")]))
    assert "key file" in caught.value.hint


def test_redacted_values_are_gone_from_every_batch_and_do_not_come_back(bench):
    first = bench.transfers([("KID", "B", 1, 5, "ref of kid")])
    bench.archive.withdraw(first.batch_id, reason="test")
    bench.people([("kid", date(2012, 1, 1)), ("adult", date(1980, 1, 1))])
    bench.accounts([("KID", {}), ("OTHER", {})])
    bench.holdings([("kid", "KID"), ("adult", "OTHER")])
    bench.transfers([("KID", "OTHER", 2, 6, "another ref of kid")])
    bench.archive.protect([bench.key("kid", Realm.PARTY)], realm=Realm.PARTY, state=ProtectionState.PROTECTED, basis="case 1", redact=True)
    for canary in ("KID", "Name of kid", "ref of kid", "text of KID"):
        assert canary not in clear_values(bench)
    assert "Name of adult" in clear_values(bench)
    bench.transfers([("KID", "OTHER", 3, 7, "late ref of kid")])
    bench.accounts([("SECOND", {})])
    bench.holdings([("kid", "SECOND")])
    for canary in ("KID", "late ref", "SECOND"):
        assert canary not in clear_values(bench)
    assert bench.amounts() == [6, 7], "the facts themselves stay"
    from bakau.progress import SilentProgress
    from bakau_graph.archive.verify import verify_archive

    assert verify_archive(bench.archive.workspace, SilentProgress()).problems == ()
