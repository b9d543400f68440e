"""The network of a real archive: the same as that of a fresh load of what remains, whatever was loaded and withdrawn."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa
import pytest
import structlog
from click.testing import CliRunner
from contract.network import shape
from contract.network.oracle import Oracle
from contract.network.world import Transfer, World

from bakau.cli import root
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.times import HOUR_US
from bakau_graph.archive import Archive, BatchIdentity
from bakau_graph.network import Bounds, Direction
from bakau_graph.networks import open_network


@pytest.fixture(autouse=True)
def keys_apart(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path_factory.mktemp("keys")))


@pytest.fixture
def archive(tmp_path):
    return Archive.create(tmp_path / "case")


def load(archive: Archive, name: str, pairs: list[tuple[str, str, int]]) -> str:
    """Load transfers (payer's number, payee's number, hour) with stubs of their accounts as one batch; its id."""
    key = archive.surrogate_key
    numbers = sorted({number for payer, payee, _ in pairs for number in (payer, payee)})
    known = key.surrogates(Realm.ACCOUNT, "local:test", pa.array(numbers))
    key_of = dict(zip(numbers, known.keys.to_pylist(), strict=True))
    identity = BatchIdentity("training", hashlib.sha256(name.encode()).hexdigest(), "m", "test/1")
    with archive.begin_batch(identity, file_name=f"{name}.csv") as batch:
        count = len(pairs)
        batch.append(
            "account",
            pa.table(
                {
                    "account_key": known.keys,
                    "account_id": known.ids,
                    "stub": [True] * len(numbers),
                    "scheme": ["local:test"] * len(numbers),
                    "number": numbers,
                    "record": pa.array([1] * len(numbers), pa.int64()),
                }
            ),
            records=False,
        )
        batch.append(
            "transfer",
            pa.table(
                {
                    "ts_us": pa.array([hour * HOUR_US for *_, hour in pairs], pa.int64()),
                    "time_known": [True] * count,
                    "src_key": pa.array([key_of[payer] for payer, *_ in pairs], pa.int64()),
                    "dst_key": pa.array([key_of[payee] for _, payee, _ in pairs], pa.int64()),
                    "amount_minor": pa.array([None if hour % 5 == 0 else 100 * hour for *_, hour in pairs], pa.int64()),
                    "currency": ["PHP" if hour % 3 == 0 else "USD" for *_, hour in pairs],
                    "channel": ["bank"] * count,
                    "status": ["settled"] * count,
                    "record": pa.array(range(2, count + 2), pa.int64()),
                }
            ),
        )
        batch.count(received=count)
        return batch.commit().batch_id


FIRST = [("1", "2", 1), ("1", "2", 1), ("2", "3", 5), ("3", "3", 6), ("3", "1", 7)]
SECOND = [("1", "2", 1), ("2", "4", 3), ("4", "5", 8), ("4", "5", 9), ("5", "1", 10)]


def as_world(archive: Archive) -> World:
    """A snapshot as the oracle's Python values."""
    snapshot = archive.snapshot()
    accounts = snapshot.table("account", ["account_key", "account_id"]).to_pylist()
    transfers = [
        Transfer(row["transfer_id"], row["src_key"], row["dst_key"], row["ts_us"], row["time_known"], row["amount_minor"], row["currency"])
        for row in snapshot.edges().to_pylist()
    ]
    return World({row["account_key"]: row["account_id"] for row in accounts}, tuple(transfers))


def everything(archive: Archive) -> list[object]:
    """Every account's surroundings and neighbours."""
    network = open_network(archive.workspace, archive.snapshot())
    facts = as_world(archive)
    oracle = Oracle(facts, Bounds())
    answers = []
    window = {"since_us": None, "until_us": None, "min_minor": None, "currency": None}
    for key in sorted(facts.ids):
        around = shape.subgraph(network.load_subgraph([key], hops=4))
        near = shape.neighbours(network.neighbours(key))
        assert near == oracle.neighbours(key, **window, direction="both", limit=100, order="newest")
        wide = {"hops": 4, "direction": "both", "max_entities": 500, "include_hubs": False}
        assert around == oracle.subgraph([key], **window, **wide)
        answers.append((around, near))
    return answers


def test_a_withdrawn_batch_leaves_the_network_as_if_it_had_never_been_loaded(archive, tmp_path):
    load(archive, "first", FIRST)
    alone = everything(archive)
    second = load(archive, "second", SECOND)
    both = everything(archive)
    assert both != alone
    assert open_network(archive.workspace, archive.snapshot()).status().transfers == len(archive.snapshot().edges())
    archive.withdraw(second, reason="test")
    assert everything(archive) == alone
    assert open_network(archive.workspace, archive.snapshot()).status().accounts == 3


def test_an_older_snapshot_keeps_its_network_while_newer_facts_arrive(archive):
    load(archive, "first", FIRST)
    pinned = archive.snapshot()
    older = open_network(archive.workspace, pinned)
    load(archive, "second", SECOND)
    newer = open_network(archive.workspace, archive.snapshot())
    assert older.status().transfers == 5 < newer.status().transfers
    assert older.status().as_of == pinned.label != newer.status().as_of
    assert open_network(archive.workspace, pinned).status().transfers == 5


def test_a_protected_account_keeps_its_transfers_and_loses_its_marks(archive):
    load(archive, "first", FIRST)
    network = open_network(archive.workspace, archive.snapshot())
    keys = sorted(as_world(archive).ids)
    network.write_marks("run-1", pa.table({"account_key": keys, "score": pa.array([50] * len(keys), pa.int64())}))
    archive.protect([keys[0]], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
    later = open_network(archive.workspace, archive.snapshot())
    assert later.load_account(keys[0]).account.marks == ()
    assert later.load_account(keys[1]).account.marks == (("score", 50),)
    assert len(later.neighbours(keys[0], direction=Direction.BOTH).neighbours) == len(network.neighbours(keys[0]).neighbours) > 0


def run(archive: Archive, *arguments: str):
    result = CliRunner().invoke(root, ["-w", str(archive.workspace.path), "network", *arguments], catch_exceptions=False)
    structlog.reset_defaults()  # the command line pointed logs at the runner's stderr, which is closed now
    return result


def test_status_and_rebuild_print_one_document(archive):
    load(archive, "first", FIRST)
    result = run(archive, "status", "--json")
    document = json.loads(result.stdout)
    assert document["schema"] == "bakau.network/1"
    assert document["snapshot"] == archive.snapshot().label
    assert (document["accounts"], document["transfers"], document["null_amounts"]) == (3, 5, 1)
    again = json.loads(run(archive, "rebuild", "--json").stdout)
    assert again | {"built_us": 0} == document | {"built_us": 0}
    assert again["built_us"] > document["built_us"]
    text = run(archive, "status").stdout
    assert "3, of which 0 hubs" in text
    assert "PHP 1, USD 4" in text


def test_an_empty_workspace_has_an_empty_network(archive):
    document = json.loads(run(archive, "status", "--json").stdout)
    assert (document["accounts"], document["transfers"], document["first_us"]) == (0, 0, None)
    assert "none" in run(archive, "status").stdout
