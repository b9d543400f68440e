"""One real Neo4j server per test process, started when first asked for. A server that cannot be had is a failure, never a skip."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from bakau.workspace import Workspace
from bakau_graph.neo4j import server
from bakau_graph.neo4j.endpoint import find_endpoint
from bakau_graph.neo4j.session import Session
from bakau_graph.neo4j.write_queries import schema_statements

#: Our servers live for a minute or two: translating their code with great care costs more time than it saves.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
WIPE = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS"


@cache
def install() -> None:
    """Fetch the server as a person would; the second time nothing is fetched."""
    subprocess.run([sys.executable, "-m", "bakau", "neo4j", "install"], check=True, capture_output=True)


@cache
def shared_server() -> tuple[Workspace, Session]:
    """A running server of a workspace of its own, with our constraints and indexes; stopped when the process ends."""
    install()
    folder = Path(tempfile.mkdtemp(prefix="bakau-neo4j-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKAU_KEY_DIR", str(folder / "keys"))
        workspace = Workspace.create(folder / "case")
    server.start(workspace, heap="512m", page_cache="128m")

    def end() -> None:
        session.close()
        server.stop(workspace)
        shutil.rmtree(folder, ignore_errors=True)

    session = Session.open(find_endpoint(workspace))
    atexit.register(end)
    for statement in schema_statements():
        session.write(statement)
    return workspace, session


def empty(session: Session) -> None:
    """Take every node out; constraints and indexes stay."""
    with session.driver.session(database="neo4j") as opened:
        opened.run(WIPE).consume()


@pytest.fixture(scope="session")
def neo4j_workspace() -> Workspace:
    """The workspace whose server runs."""
    return shared_server()[0]


@pytest.fixture
def neo4j_session() -> Session:
    """A session with an empty database."""
    session = shared_server()[1]
    empty(session)
    return session
