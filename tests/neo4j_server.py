"""One real Neo4j server per test process, started when first asked for. A server that cannot be had is a failure, never a skip."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from bakau.workspace import Workspace
from bakau_graph.archive.lock import waiting_lock
from bakau_graph.neo4j import read_queries, server
from bakau_graph.neo4j.endpoint import find_endpoint
from bakau_graph.neo4j.jars import installed_folder
from bakau_graph.neo4j.java import choose_java
from bakau_graph.neo4j.session import Session
from bakau_graph.neo4j.write_queries import schema_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Our servers live for a minute or two: translating their code with great care costs more time than it saves.
OPTIONS = "-XX:TieredStopAtLevel=1"
os.environ.setdefault("JAVA_TOOL_OPTIONS", OPTIONS)
WIPE = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS"


@cache
def install() -> None:
    """Fetch the server as a person would; the second time nothing is fetched."""
    subprocess.run([sys.executable, "-m", "bakau", "neo4j", "install"], check=True, capture_output=True)
    if os.environ["JAVA_TOOL_OPTIONS"] == OPTIONS:
        os.environ["JAVA_TOOL_OPTIONS"] = f"{OPTIONS} -XX:SharedArchiveFile={loaded_classes()}"


def loaded_classes() -> Path:
    """The classes a server loads, as Java reads them back in a third of the time: made once per machine and Java, beside the jars."""
    java, folder = choose_java().program, installed_folder().parent
    which = crc32(f"{java} {java.stat().st_mtime_ns}".encode())
    kept = folder / f"tests-{which:08x}.jsa"
    with waiting_lock(folder / "tests.lock"):
        if not kept.exists():
            draft = kept.with_suffix(".draft")
            with own_server(f"{OPTIONS} -XX:ArchiveClassesAtExit={draft}") as (_, session):
                for text in read_queries.statements().values():
                    session.read(f"EXPLAIN {text}")
            draft.rename(kept)
    return kept


@contextmanager
def own_server(options: str) -> Iterator[tuple[Workspace, Session]]:
    """A running server of a workspace of its own, with our constraints and indexes."""
    folder = Path(tempfile.mkdtemp(prefix="bakau-neo4j-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKAU_KEY_DIR", str(folder / "keys"))
        patch.setenv("BAKAU_VAULT_KEY", "ab" * 32)  # for the test that the server is given none of it
        patch.setenv("JAVA_TOOL_OPTIONS", options)
        workspace = Workspace.create(folder / "case")
        server.start(workspace, heap="512m", page_cache="128m")
    try:
        with Session.open(find_endpoint(workspace)) as session:
            for statement in schema_statements():
                session.write(statement)
            yield workspace, session
    finally:
        server.stop(workspace)
        shutil.rmtree(folder, ignore_errors=True)


@cache
def shared_server() -> tuple[Workspace, Session]:
    """A running server of a workspace of its own, with our constraints and indexes; stopped when the process ends."""
    install()
    started = own_server(os.environ["JAVA_TOOL_OPTIONS"])
    atexit.register(started.__exit__, None, None, None)
    return started.__enter__()


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
