"""`bakau dashboard` as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

BAKAU = [sys.executable, "-m", "bakau"]


def start(workspace, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*BAKAU, "-w", str(workspace), "dashboard", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_address_and_stops_cleanly(world, number):
    with start(world.workspace, "--port", "0", "--headless") as process:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        with urllib.request.urlopen(f"{found.group()}/healthz", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "stopped" in out
    assert not err.replace("training workspace: synthetic or public data only\n", "")


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_another_address_than_this_machine_is_refused(world, address):
    with start(world.workspace, "--address", address, "--headless") as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "no sign-in yet" in err
    assert "Traceback" not in err
    assert not out


def test_a_port_that_is_taken_is_said(world):
    with start(world.workspace, "--port", "0", "--headless") as first:
        port = re.search(r":(\d+) ", first.stdout.readline()).group(1)
        with start(world.workspace, "--port", port, "--headless") as second:
            _, err = second.communicate(timeout=30)
        first.terminate()
        first.communicate(timeout=30)
    assert second.returncode == 2
    assert f"port {port} cannot be used" in err


def test_a_folder_that_is_no_workspace_is_said(tmp_path):
    with start(tmp_path, "--headless") as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "is not a Bakau workspace" in err or "no longer where it was" in err
