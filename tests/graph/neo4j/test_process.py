from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bakau_graph.neo4j import process

SLEEP = [sys.executable, "-c", "import time, sys; print('up', flush=True); time.sleep(60)", "--home-dir=x"]
STUBBORN = [
    sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)", "--home-dir=x",
]  # fmt: skip


@pytest.fixture
def child():
    started = []

    def run(command):
        process_ = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process_.stdout is not None
        process_.stdout.readline()
        started.append(process_)
        return process_.pid

    yield run
    for each in started:
        each.kill()
        each.wait()
        each.stdout.close()


def test_a_process_is_known_by_number_start_and_command_line(child):
    pid = child(SLEEP)
    started = process.start_time_of(pid)
    assert process.is_alive(pid, started, "--home-dir=x")
    assert not process.is_alive(pid, started + 1, "--home-dir=x")
    assert not process.is_alive(pid, started, "--home-dir=y")


def test_a_number_that_another_process_has_now_is_not_taken_for_ours():
    own = os.getpid()
    assert not process.is_alive(own, process.start_time_of(own), "--home-dir=x")


def test_nobody_is_not_alive():
    assert not process.is_alive(0, 0, "--home-dir=x")
    assert process.start_time_of(2**22 + 1) == 0


def test_stopping_waits_until_the_process_is_gone(child):
    pid = child(SLEEP)
    started = process.start_time_of(pid)
    assert process.stop(pid, started, "--home-dir=x", patience_s=20)
    assert not process.is_alive(pid, started, "--home-dir=x")


def test_a_process_that_does_not_end_is_said(child):
    pid = child(STUBBORN)
    assert not process.stop(pid, process.start_time_of(pid), "--home-dir=x", patience_s=0.3)


def test_a_stranger_is_never_stopped(child):
    pid = child(SLEEP)
    started = process.start_time_of(pid)
    assert process.stop(pid, started, "--home-dir=another", patience_s=0)
    assert process.is_alive(pid, started, "--home-dir=x")
