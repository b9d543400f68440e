from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bakau.errors import NetworkError
from bakau.workspace import Workspace
from bakau_graph.neo4j.complaint import explain
from bakau_graph.neo4j.home import Home, Running

GOLDEN = Path(__file__).parents[2] / "golden" / "neo4j" / "neo4j.conf"


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.of(Workspace.create(tmp_path / "case"))


def test_the_configuration_is_the_one_that_was_reviewed(home):
    home.prepare()
    home.write_configuration(Running(port=7688))
    text = (home.conf / "neo4j.conf").read_text()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_nothing_is_reported_or_announced_and_only_loopback_is_listened_to(home):
    lines = set(GOLDEN.read_text().splitlines())
    silent = ("dbms.usage_report.enabled", "client.allow_telemetry", "server.bolt.telemetry.enabled", "dbms.fleet_manager.enabled",
              "server.fleet_discovery.enabled", "server.http.enabled", "server.https.enabled")  # fmt: skip
    assert {f"{name}=false" for name in silent} <= lines
    addresses = [line.split("=")[1] for line in lines if "address=" in line]
    assert all(address.startswith("127.0.0.1") for address in addresses)
    assert len(addresses) == 3


def test_the_password_is_for_the_owner_only_and_lies_outside_the_archive(home):
    home.prepare()
    assert stat.S_IMODE(home.password_file.stat().st_mode) == 0o600
    assert "archive" not in home.password_file.parts
    assert len(home.load_password()) >= 32


def test_preparing_again_keeps_the_password(home):
    home.prepare()
    before = home.load_password()
    home.prepare()
    assert home.load_password() == before


def test_a_password_that_is_gone_is_said_and_not_made_anew_over_old_data(home):
    (home.folder / "data" / "databases" / "system").mkdir(parents=True)
    with pytest.raises(NetworkError, match="password of this workspace's Neo4j server is gone"):
        home.prepare()


def test_a_damaged_record_of_the_server_counts_as_none(home):
    home.prepare()
    assert home.read_running() is None
    home.write_running(Running(port=1, pid=2, started=3))
    assert home.read_running() == Running(port=1, pid=2, started=3)
    (home.folder / "server.json").write_text('{"port":')
    assert home.read_running() is None


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ERROR java.io.IOException: No space left on device", "the disk is full"),
        ("Caused by: java.net.BindException: Address already in use", "its port is taken"),
        ("Caused by: org.neo4j.io.locker.FileLockException: Lock file has been locked", "another server already uses"),
        ("Error: Could not reserve enough space for 99999k object heap", "too little memory"),
        ("2026 ERROR Failed to start Neo4j: something new", "something new"),
        ("", "it said nothing"),
    ],
)
def test_what_a_server_says_becomes_one_sentence(said, meaning):
    assert meaning in str(explain(said))
