"""Talk to a Neo4j server: connect, see that it is one we can use, run statements. What goes wrong becomes one plain sentence."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, LiteralString, Self

from neo4j import READ_ACCESS, GraphDatabase, NotificationMinimumSeverity, RoutingControl
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DatabaseError,
    DatabaseUnavailable,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    TransientError,
)

from bakau import __version__
from bakau.errors import NetworkError
from bakau.settings import load_settings
from bakau_graph.neo4j.endpoint import USER, find_endpoint
from bakau_graph.neo4j.release import OLDEST
from bakau_graph.neo4j.schema import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neo4j import Driver, Record

    from bakau.workspace import Workspace
    from bakau_graph.neo4j.endpoint import Endpoint

#: Seconds to wait for a connection; a default of ours.
_CONNECT_S = 10.0
#: Statements asked beside others, of all questions together. A default of ours.
_BESIDE = 8
_COMPONENTS = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version"
_OWNER = "MATCH (x:Bakau {id: 1}) RETURN x.workspace_id AS workspace_id, x.schema_version AS schema_version"
_ANYTHING = "MATCH (n) RETURN 1 AS something LIMIT 1"


class Session:
    """A connection to one server; statements run in transactions of their own, which are tried again after a passing failure.

    Safe to use from several threads. Close it, or use it as a context manager.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        #: For what is asked beside something else; a thread begins with the first.
        self.beside = ThreadPoolExecutor(_BESIDE)

    @classmethod
    def open(cls, endpoint: Endpoint) -> Session:
        """Connect and check that the server answers, knows us, and is of a version we use. NetworkError otherwise."""
        logging.getLogger("neo4j").addHandler(logging.NullHandler())  # else Python prints the driver's warnings on our stderr
        driver = GraphDatabase.driver(
            endpoint.uri,
            auth=(USER, endpoint.password),
            connection_timeout=_CONNECT_S,
            connection_acquisition_timeout=2 * _CONNECT_S,
            max_transaction_retry_time=load_settings().neo4j_retry_s,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            user_agent=f"bakau/{__version__}",
        )
        session = cls(driver)
        try:
            with plain_errors():
                driver.verify_connectivity()  # nobody there: said at once, while a statement would be tried again and again
            check_version(str(session.read(_COMPONENTS)[0]["version"]))
        except BaseException:
            session.close()
            raise
        return session

    @classmethod
    def of(cls, workspace: Workspace) -> Session:
        """The session with the server of a workspace, which must be empty or hold this workspace. NetworkError otherwise."""
        session = cls.open(find_endpoint(workspace))
        try:
            session.check_owner(workspace.workspace_id)
        except BaseException:
            session.close()
            raise
        return session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.beside.shutdown()
        self.driver.close()

    def read(self, text: LiteralString, parameters: Mapping[str, object] | None = None) -> list[Record]:
        """Rows of a statement that changes nothing."""
        with plain_errors():
            return self.driver.execute_query(
                text, dict(parameters or {}), database_=DATABASE, routing_=RoutingControl.READ, bookmark_manager_=None
            ).records

    def ask(self, text: LiteralString, parameters: Mapping[str, object]) -> Record | None:
        """The one row of a statement that changes nothing, by one way to the server and back; None without a row."""
        with plain_errors():
            try:
                with self.driver.session(database=DATABASE, default_access_mode=READ_ACCESS) as opened:
                    return opened.run(text, dict(parameters)).single()
            except (Neo4jError, DriverError) as error:
                if not error.is_retryable():
                    raise
        rows = self.read(text, parameters)  # tries again until it passes
        return rows[0] if rows else None

    def write(self, text: LiteralString, parameters: Mapping[str, object] | None = None) -> list[Record]:
        """Rows of a statement that may change something; in a transaction of its own."""
        with plain_errors():
            return self.driver.execute_query(text, dict(parameters or {}), database_=DATABASE, bookmark_manager_=None).records

    def check_owner(self, workspace_id: str) -> None:
        """NetworkError unless the database is empty or holds this workspace."""
        rows = self.read(_OWNER)
        if rows and rows[0]["workspace_id"] == workspace_id:
            return
        if rows:
            raise NetworkError(
                "this Neo4j database holds another workspace; nothing was read or written",
                hint="one server per workspace: bakau neo4j start, or name another server in BAKAU_NEO4J_URI",
            )
        if self.read(_ANYTHING):
            raise NetworkError(
                "this Neo4j database holds data that is not Bakau's; nothing was read or written",
                hint="give Bakau an empty server: bakau neo4j start, or name another one in BAKAU_NEO4J_URI",
            )


def check_version(version: str) -> None:
    """NetworkError unless the server is one we use."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        oldest = f"{OLDEST[0]}.{OLDEST[1]:02}"
        raise NetworkError(f"the server is Neo4j {version[:20]}; Bakau needs {oldest} or later", hint="bakau neo4j install")


@contextmanager
def plain_errors() -> Iterator[None]:
    """What the driver or the server complains about in the block becomes a NetworkError that repeats no value."""
    try:
        yield
    except AuthError:
        raise NetworkError(
            "the Neo4j server refuses the password", hint="check keys/neo4j.password of the workspace, or BAKAU_NEO4J_PASSWORD"
        ) from None
    except DatabaseUnavailable:
        raise NetworkError(
            "the Neo4j server runs and its database does not", hint="see logs/ in the folder neo4j of the workspace"
        ) from None
    except (ServiceUnavailable, DriverError) as error:
        raise NetworkError(
            f"the Neo4j server does not answer ({type(error).__name__})", hint="bakau neo4j status, then bakau neo4j start"
        ) from None
    except Neo4jError as error:
        raise _translated(error) from None


def _translated(error: Neo4jError) -> NetworkError:
    """By code; messages of the server may quote values and are not repeated."""
    code = error.code or type(error).__name__
    if "DatabaseUnavailable" in code or "DatabaseNotFound" in code:
        return NetworkError("the Neo4j server runs and its database does not", hint="see logs/ in the folder neo4j of the workspace")
    if "OutOfDisk" in code or "DiskFull" in code or "No space left" in str(error.message):
        return NetworkError("the disk of the Neo4j server is full", hint="make room, then run the same command again")
    if "OutOfMemory" in code or "MemoryPool" in code:
        return NetworkError("the Neo4j server has too little memory for this", hint="bakau neo4j stop, then start it with a larger --heap")
    kinds: tuple[tuple[type[Neo4jError], str], ...] = (
        (TransientError, "the Neo4j server could not do it now"),
        (ClientError, "the Neo4j server refused a statement"),
        (DatabaseError, "the Neo4j server failed"),
    )
    said = next((text for kind, text in kinds if isinstance(error, kind)), "the Neo4j server failed")
    return NetworkError(f"{said} ({code})", hint="run it again; if it stays, see logs/ in the folder neo4j of the workspace")
