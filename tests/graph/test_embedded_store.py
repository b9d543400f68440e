"""Generations in a workspace: built once, switched whole, kept as long as a reader may need them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from contract.network.world import account, transfer, world

from bakau.errors import NetworkError
from bakau_graph.embedded import store
from bakau_graph.embedded.build import arrange
from bakau_graph.embedded.generation import DamagedError, read_generation
from bakau_graph.embedded.network import EmbeddedNetwork

FACTS = world(4, [transfer(n, n % 3, 3, n * 1_000) for n in range(30)])
OTHER = world(4, [transfer(n, n % 3, 3, n * 1_000) for n in range(31)])
THIRD = world(4, [transfer(n, n % 3, 3, n * 1_000) for n in range(32)])


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("gen-*"))


def test_the_second_reader_builds_nothing(tmp_path):
    first = EmbeddedNetwork.open(tmp_path, FACTS).status()
    second = EmbeddedNetwork.open(tmp_path, FACTS).status()
    assert second == first
    assert generations(tmp_path) == [f"gen-{FACTS.digest}-1"]
    assert store.current_name(tmp_path) == f"gen-{FACTS.digest}-1"


def test_a_reader_of_changed_facts_builds_the_next_generation_and_the_old_reader_keeps_its_own(tmp_path):
    old = EmbeddedNetwork.open(tmp_path, FACTS)
    new = EmbeddedNetwork.open(tmp_path, OTHER)
    assert (old.status().transfers, new.status().transfers) == (30, 31)
    third = EmbeddedNetwork.open(tmp_path, THIRD)
    assert generations(tmp_path) == sorted([f"gen-{OTHER.digest}-2", f"gen-{THIRD.digest}-3"])
    assert len(old.transfers_between(account(0)[0], account(3)[0]).transfers) == 10
    assert third.status().transfers == 32


def test_a_snapshot_with_the_same_facts_and_another_label_shares_the_generation(tmp_path):
    EmbeddedNetwork.open(tmp_path, FACTS)
    again = world(4, FACTS.transfers, label="s9-test")
    assert EmbeddedNetwork.open(tmp_path, again).status().as_of == "s9-test"
    assert len(generations(tmp_path)) == 1


def test_a_forced_rebuild_makes_a_new_generation_of_the_same_facts(tmp_path):
    store.rebuild(tmp_path, FACTS, force=False)
    path = store.rebuild(tmp_path, FACTS, force=True)
    assert path.name == f"gen-{FACTS.digest}-2"
    assert store.current_name(tmp_path) == path.name


@pytest.mark.parametrize("harm", ["truncate", "remove", "format", "manifest", "account table"])
def test_a_damaged_generation_is_built_anew(tmp_path, harm):
    path = store.rebuild(tmp_path, FACTS, force=False)
    if harm == "truncate":
        os.truncate(path / "src.npy", 100)
    elif harm == "remove":
        (path / "out_edge.npy").unlink()
    elif harm == "format":
        manifest = json.loads((path / "manifest.json").read_text())
        (path / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    elif harm == "manifest":
        (path / "manifest.json").write_text("{")
    else:
        os.truncate(path / "accounts.arrow", 40)
    with pytest.raises(DamagedError):
        read_generation(path)
    assert EmbeddedNetwork.open(tmp_path, FACTS).status().transfers == 30
    assert store.current_name(tmp_path) == f"gen-{FACTS.digest}-2"


def test_what_a_crashed_builder_left_is_swept_and_never_read(tmp_path):
    (tmp_path / ".making-1").mkdir()
    (tmp_path / ".making-1" / "src.npy").write_bytes(b"half")
    assert EmbeddedNetwork.open(tmp_path, FACTS).status().transfers == 30
    assert not list(tmp_path.glob(".making-*"))


def test_a_failed_build_leaves_nothing(tmp_path, monkeypatch):
    def full(folder, generation):
        (folder / "src.npy").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_generation", full)
    with pytest.raises(OSError, match="No space left"):
        EmbeddedNetwork.open(tmp_path, FACTS)
    assert [path.name for path in tmp_path.iterdir()] == ["build.lock"]
    monkeypatch.undo()
    assert EmbeddedNetwork.open(tmp_path, FACTS).status().transfers == 30


def test_builders_at_once_build_one_generation(tmp_path):
    seen: list[object] = []

    def read() -> None:
        try:
            seen.append(EmbeddedNetwork.open(tmp_path, FACTS).status().transfers)
        except BaseException as error:
            seen.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [30] * 8
    assert generations(tmp_path) == [f"gen-{FACTS.digest}-1"]


def test_readers_beside_rebuilds_see_only_whole_generations(tmp_path):
    """Generations come and go faster than any ledger commits; every reader still gets exactly its facts."""
    worlds, errors = [FACTS, OTHER, THIRD], []
    end = time.monotonic() + 2

    def read(facts) -> None:
        while time.monotonic() < end:
            try:
                assert EmbeddedNetwork.open(tmp_path, facts).status().transfers == len(facts.transfers)
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=read, args=(facts,)) for facts in worlds for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


BUILDER = """
import sys
from pathlib import Path
from contract.network.world import transfer, world
from bakau_graph.embedded import store
facts = world(50, [transfer(n, n % 49, 49, n) for n in range(2000)])
print("begin", flush=True)
while True:
    store.rebuild(Path(sys.argv[1]), facts, force=True)
"""


def test_a_builder_killed_at_any_moment_leaves_a_network_that_opens(tmp_path):
    facts = world(50, [transfer(n, n % 49, 49, n) for n in range(2000)])
    rng = np.random.default_rng(5)
    tests = str(Path(__file__).parents[1])
    for _ in range(4):
        environment = os.environ | {"PYTHONPATH": tests}
        with subprocess.Popen([sys.executable, "-c", BUILDER, str(tmp_path)], stdout=subprocess.PIPE, env=environment) as builder:
            builder.stdout.readline()
            time.sleep(rng.uniform(0.02, 0.3))
            builder.send_signal(signal.SIGKILL)
        assert EmbeddedNetwork.open(tmp_path, facts).status().transfers == 2000
    store.rebuild(tmp_path, facts, force=True)
    assert not list(tmp_path.glob(".making-*"))
    assert len(generations(tmp_path)) <= 2


def test_marks_of_an_account_protected_later_go_from_answers_and_from_the_disk(tmp_path):
    keys = [account(n)[0] for n in range(2)]
    marks = pa.table({"account_key": pa.array(keys, pa.int64()), "score": [987654321, 5], "community": ["c-canary", "c2"]})
    network = EmbeddedNetwork.open(tmp_path, FACTS)
    network.write_marks("run-1", marks)
    protected = world(4, FACTS.transfers, protected=frozenset({keys[0]}))
    later = EmbeddedNetwork.open(tmp_path, protected)
    assert later.load_account(keys[0]).account.marks == ()
    assert later.load_account(keys[1]).account.marks == (("score", 5), ("community", "c2"))
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"c-canary" not in files
    assert (987654321).to_bytes(8, "little") not in files


def test_transfers_out_of_order_are_refused():
    edges = FACTS.edges()
    with pytest.raises(NetworkError, match="order"):
        arrange(FACTS.table("account"), edges.take(list(range(29, -1, -1))), digest="d")


def test_ties_in_time_must_be_in_order_of_id():
    facts = world(2, [transfer(n, 0, 1, 7) for n in range(2)])
    edges = facts.edges()
    assert arrange(facts.table("account"), edges, digest="d").transfer_count == 2
    with pytest.raises(NetworkError, match="order"):
        arrange(facts.table("account"), edges.take([1, 0]), digest="d")


def test_a_transfer_of_an_account_nobody_knows_is_refused():
    with pytest.raises(NetworkError, match="accounts this snapshot lacks"):
        arrange(FACTS.table("account").slice(1), FACTS.edges(), digest="d")


def test_compiled_loops_are_never_kept_in_the_package(tmp_path):
    import bakau_graph
    from bakau_graph.embedded.walk_numba import NumbaWalker

    network = EmbeddedNetwork.open(tmp_path, FACTS, compiled=True)
    assert len(network.load_subgraph([account(3)[0]]).entities) == 4
    assert isinstance(network._walker, NumbaWalker)
    assert not list(Path(bakau_graph.__file__).parent.rglob("*.nbi"))
