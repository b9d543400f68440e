"""The server of a workspace: start it, see whether it runs, stop it. One per workspace, on this machine only, reached over Bolt."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakau.errors import InputError, NetworkError
from bakau.logs import get_logger
from bakau.settings import plain_environment
from bakau_graph.archive.lock import waiting_lock
from bakau_graph.neo4j import process
from bakau_graph.neo4j.command_line import run_admin, server_command
from bakau_graph.neo4j.complaint import explain
from bakau_graph.neo4j.home import HEAP, PAGE_CACHE, Home, Running

if TYPE_CHECKING:
    from bakau.workspace import Workspace

LOOPBACK = "127.0.0.1"
#: Seconds a server gets to come up and to go down. Measured 4-8 on two cores; a busy machine needs more.
START_S, STOP_S = 180.0, 120.0
_PAUSE_S = 0.1
#: Seconds that the threads of a killed server may still hold its port and its files.
_DYING_S = 30.0
#: Bolt's opening: the magic number, then four versions we would speak (any of 5.x, 4.4); the answer is four bytes.
_HANDSHAKE = bytes.fromhex("6060b017 00080805 00000404 00000000 00000000")

log = get_logger("bakau_graph.neo4j")


@dataclass(frozen=True, slots=True)
class ServerState:
    """Whether a workspace's server runs, where it listens, and whether a record of a process that is gone was found."""

    is_running: bool
    port: int | None
    pid: int | None
    is_stale: bool

    @property
    def address(self) -> str | None:
        """Where it listens, or will listen again."""
        return f"bolt://{LOOPBACK}:{self.port}" if self.port else None


def look(workspace: Workspace) -> ServerState:
    """The state of a workspace's server, without touching anything."""
    home = Home.of(workspace)
    running = home.read_running()
    if running is None:
        return ServerState(is_running=False, port=None, pid=None, is_stale=False)
    alive = process.is_alive(running.pid, running.started, _word(home))
    return ServerState(is_running=alive, port=running.port, pid=running.pid if alive else None, is_stale=bool(running.pid) and not alive)


def start(workspace: Workspace, *, port: int | None = None, heap: str | None = None, page_cache: str | None = None) -> ServerState:
    """Start the server unless it runs, and come back when it answers. What is not given is as it was last time.

    NetworkError, one sentence, when it cannot be started.
    """
    if any(size is not None and not re.fullmatch(r"[1-9]\d{0,8}[kmg]", size, re.IGNORECASE) for size in (heap, page_cache)):
        raise InputError("not a size of memory", hint="such as 512m or 2g")  # one line of the configuration is not to become two
    home = Home.of(workspace)
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with waiting_lock(home.folder / "start.lock"):  # one start at a time; a second then finds the server running
        state = look(workspace)
        if state.is_running:
            if port not in {None, state.port}:
                raise NetworkError(f"the server runs already, on port {state.port}", hint="bakau neo4j stop, then start it again")
            return state
        before = home.read_running() or Running(port=0)
        wanted = Running(port or before.port or _free_port(), heap or before.heap or HEAP, page_cache or before.page_cache or PAGE_CACHE)
        _require_free(wanted.port, patience_s=_DYING_S if state.is_stale else 0.0)
        _launch(home, wanted)
    return look(workspace)


def stop(workspace: Workspace) -> bool:
    """Stop the server cleanly and wait until it is gone; false when none ran. A stale record is cleared."""
    home = Home.of(workspace)
    running = home.read_running()
    if running is None:
        return False
    alive = process.is_alive(running.pid, running.started, _word(home))
    if alive and not process.stop(running.pid, running.started, _word(home), patience_s=STOP_S):
        raise NetworkError(f"Neo4j (process {running.pid}) did not stop within {STOP_S:.0f} seconds", hint="see logs/ in the folder neo4j")
    home.write_running(running.stopped())
    return alive


def set_password(home: Home) -> None:
    """Give a home that has no data yet the password in its file. The file is named, so the password is in no process list."""
    if not home.has_data:
        run_admin(home, ["dbms", "set-initial-password", f"@{home.password_file}"], heap="256m")


def answers_bolt(port: int, *, wait_s: float = 1.0) -> bool:
    """Does something on this port answer as Neo4j does?"""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=wait_s) as line:
            line.sendall(_HANDSHAKE)
            return len(line.recv(4)) == 4
    except OSError:
        return False


def _launch(home: Home, wanted: Running) -> None:
    home.prepare()
    home.write_configuration(wanted)
    command = server_command(home, wanted.heap)
    set_password(home)
    with home.console.open("wb") as console:
        home.console.chmod(0o600)
        child = subprocess.Popen(  # noqa: S603 - our own words
            command,
            cwd=home.folder,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            env=plain_environment(),
        )
    running = replace(wanted, pid=child.pid, started=process.start_time_of(child.pid))
    home.write_running(running)
    try:
        _wait(home, child, wanted.port)
    except BaseException:
        process.stop(running.pid, running.started, _word(home), patience_s=STOP_S)
        child.wait()
        home.write_running(running.stopped())
        raise
    threading.Thread(target=child.wait, daemon=True).start()  # takes note when it ends, should we live longer than it
    log.info("neo4j.started", port=wanted.port, pid=child.pid)


def _wait(home: Home, child: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_S
    while not answers_bolt(port):
        if child.poll() is not None:
            raise explain(_said(home))
        if time.monotonic() > end:
            raise NetworkError(f"Neo4j did not answer within {START_S:.0f} seconds", hint="see logs/ in the folder neo4j of the workspace")
        time.sleep(_PAUSE_S)


def _said(home: Home) -> str:
    """What the server said: its console, and the newest of its own log."""
    text = ""
    for path in (home.folder / "logs" / "neo4j.log", home.console):
        with suppress(OSError):
            text += path.read_text(encoding="utf-8", errors="replace")[-20_000:]
    return text


def _word(home: Home) -> str:
    """The part of the command line that is this server's alone."""
    return f"--home-dir={home.folder}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _require_free(port: int, *, patience_s: float) -> None:
    """NetworkError when the port is taken; waits a little for a server that was killed and has not let go yet."""
    end = time.monotonic() + patience_s
    while (reason := _obstacle(port)) is not None:
        if time.monotonic() >= end:
            raise NetworkError(f"port {port} cannot be used: {reason}", hint="bakau neo4j start --port PORT")
        time.sleep(_PAUSE_S)


def _obstacle(port: int) -> str | None:
    """Why nobody can listen on the port, or None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return (error.strerror or "no reason given").lower()
    return None
