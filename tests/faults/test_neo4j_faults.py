"""Neo4j goes away, comes back, is killed or has no room while the network is brought in step: a sentence, then the truth after a plain re-run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time

import pytest
from graph.archive.conftest import Bench
from neo4j_server import empty, install, shared_server

from bakau.progress import SilentProgress
from bakau_graph.archive import Archive
from bakau_graph.neo4j import server
from bakau_graph.neo4j.endpoint import find_endpoint
from bakau_graph.neo4j.verify import verify

from .conftest import command
from .test_full_disk import _rights, can_mount

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

TIMES = [pytest.param(3, id="ci"), pytest.param(10, id="night", marks=pytest.mark.nightly)]
BATCHES, ROWS = 6, 300


@pytest.fixture
def bench(tmp_path):
    """Some batches that overlap, correct each other and share accounts; one is withdrawn in the middle."""
    made = Bench(Archive.create(tmp_path / "case", network="neo4j"))
    for number in range(BATCHES):
        rows = [(f"a{(number * 7 + at) % 300}", f"a{at % 290}", at, at + number, f"r{number * 300 + at}") for at in range(ROWS)]
        report = made.transfers(rows, corrects=number % 3 == 2)
        if number == BATCHES // 2:
            made.archive.withdraw(report.batch_id, reason="test")
    return made


@pytest.fixture
def shared():
    """The server of all tests, emptied, and its session; it runs again afterwards whatever happened."""
    workspace, session = shared_server()
    empty(session)
    yield workspace, session
    server.start(workspace)
    empty(session)


def environment(workspace) -> dict[str, str]:
    """What a process needs to use that server as one somebody else runs."""
    endpoint = find_endpoint(workspace)
    return os.environ | {"BAKAU_NEO4J_URI": endpoint.uri, "BAKAU_NEO4J_PASSWORD": endpoint.password}


def sync(bench, variables, **options) -> subprocess.Popen[str]:
    words = command(bench.archive.workspace.path, "network", "sync")
    return subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finish(bench, variables, session) -> None:
    """A plain re-run ends well and leaves nothing to find."""
    process = sync(bench, variables)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert verify(session, bench.archive.snapshot(), SilentProgress()).problems == ()


@pytest.mark.parametrize("times", TIMES)
def test_a_client_killed_at_any_moment_leaves_nothing_that_a_re_run_does_not_mend(bench, shared, chance, times):
    workspace, session = shared
    variables = environment(workspace)
    for _ in range(times):
        process = sync(bench, variables)
        time.sleep(chance.uniform(0.8, 4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(bench, variables, session)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_server_that_goes_away_during_a_sync_is_a_sentence_and_a_re_run(bench, shared, chance, times, how):
    workspace, session = shared
    variables = environment(workspace)
    for number in range(times):
        # back before the sync gives up, the server finds it going on by itself; but once it stays away, and the sync soon gives up
        process = sync(bench, variables if number else variables | {"BAKAU_NEO4J_RETRY_S": "1"})
        said: list[str] = []
        listener = threading.Thread(target=lambda process=process, said=said: said.extend(process.communicate()))
        listener.start()
        time.sleep(chance.uniform(0.8, 4))
        if how == "stopped":
            server.stop(workspace)
        else:
            os.kill(server.look(workspace).pid, signal.SIGKILL)
            while server.look(workspace).is_running:
                time.sleep(0.1)
        if number:
            server.start(workspace)
        listener.join()
        assert process.returncode in {0, 1}
        assert "Traceback" not in said[1], said[1]
        assert process.returncode == 0 or said[1].startswith("bakau: "), said[1]
        server.start(workspace)
    finish(bench, variables, session)


def test_a_full_disk_is_a_sentence_and_the_embedded_network_goes_on(bench, tmp_path):
    if not can_mount():
        pytest.skip("this machine lets nobody mount a small disk")
    install()
    disk, case = tmp_path / "disk", tmp_path / "disk" / "case"
    disk.mkdir()

    def words(*what: str) -> str:
        return shlex.join(command(case, *what))

    script = f"""
    mount -t tmpfs -o size=400m tmpfs {shlex.quote(str(disk))} || exit 90
    cp -r {shlex.quote(str(bench.archive.workspace.path))} {shlex.quote(str(case))} || exit 91
    {words("neo4j", "start", "--heap", "512m", "--page-cache", "64m")} || exit 92
    cat /dev/zero > {shlex.quote(str(disk))}/ballast 2>/dev/null
    {words("network", "sync")}; echo "full: $?"
    {words("--network", "embedded", "network", "verify")} >/dev/null || echo "embedded needs room too"
    rm {shlex.quote(str(disk))}/ballast
    {words("--network", "embedded", "network", "verify")} || exit 93
    {words("neo4j", "stop")}; {words("neo4j", "start")} || exit 94
    {words("network", "sync")} || exit 95
    {words("network", "verify")} || exit 96
    {words("neo4j", "stop")} || exit 97
    """
    done = subprocess.run(["unshare", *_rights(), "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "full: 1" in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
