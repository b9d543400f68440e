"""`bakau dashboard`: its address, its end, and what it refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from bakau.cli import root
from bakau.errors import FormatError, InputError, RefusedError

PATIENCE_S = 120


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_address_and_stops_cleanly(world, number):
    command = [sys.executable, "-m", "bakau", "-w", str(world.workspace), "dashboard", "--port", "0", "--headless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        try:
            with urllib.request.urlopen(f"{found.group()}/healthz", timeout=PATIENCE_S) as answer:  # noqa: S310 - our own address
                assert answer.status == 200
        finally:
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert "stopped" in out
    assert not err


def command(workspace, *arguments: str) -> None:
    root.main(["-w", str(workspace), "dashboard", "--headless", *arguments], standalone_mode=False)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104 - they are refused
def test_another_address_than_this_machine_is_refused(world, address):
    with pytest.raises(RefusedError) as caught:
        command(world.workspace, "--address", address)
    assert caught.value.exit_code == 3
    assert "no sign-in yet" in str(caught.value)
    assert caught.value.hint


def test_a_port_that_is_taken_is_said(world):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError) as caught:
            command(world.workspace, "--port", str(port))
    assert f"port {port} cannot be used" in str(caught.value)


def test_a_folder_that_is_no_workspace_is_said(tmp_path):
    with pytest.raises(FormatError) as caught:
        command(tmp_path)
    assert "is not a Bakau workspace" in str(caught.value)
