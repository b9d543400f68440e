"""The folder of a workspace's own server: its configuration, what it was started with, and its password.

    WORKSPACE/neo4j/            data/ and logs/ (Neo4j's own), conf/neo4j.conf, server.json (port, memory, process), start.lock
    WORKSPACE/keys/neo4j.password   generated, 0600; never in a command line, a log or an answer

Nothing there is a fact: with the server stopped the folder may be deleted, the archive fills it again.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from bakau.errors import NetworkError
from bakau.workspace import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from bakau.workspace import Workspace

#: Java heap and page cache of a new server; enough for some millions of transfers. Defaults of ours.
HEAP, PAGE_CACHE = "1g", "512m"

#: Names a server of the line does not know are ignored, so one text serves several versions. HTTP is off; only Bolt, only loopback.
#: A stop waits twice for the quiet period, five seconds as shipped: whoever talks to the server is told by then that it goes.
#: The last six lines keep everything on the machine: usage report, telemetry, fleet monitoring, announcement on the local network.
CONFIGURATION = """\
# Written by `bakau neo4j start`; a change here is overwritten.
server.config.strict_validation.enabled=false
server.default_listen_address=127.0.0.1
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s
server.memory.pagecache.size={page_cache}
db.tx_log.preallocate=false
db.tx_log.rotation.size=32m
db.tx_log.rotation.retention_policy=1 days 256m
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.bolt.telemetry.enabled=false
dbms.fleet_manager.enabled=false
server.fleet_discovery.enabled=false
"""


@dataclass(frozen=True, slots=True)
class Running:
    """What a server was started with, as server.json keeps it; `pid` and `started` are those of the last process, 0 when it was stopped."""

    port: int
    heap: str = HEAP
    page_cache: str = PAGE_CACHE
    pid: int = 0
    started: int = 0

    def stopped(self) -> Running:
        """The same without a process."""
        return replace(self, pid=0, started=0)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a workspace's server lives."""

    folder: Path
    password_file: Path

    @classmethod
    def of(cls, workspace: Workspace) -> Home:
        """The home in a workspace."""
        return cls(workspace.path.resolve() / "neo4j", workspace.path.resolve() / "keys" / "neo4j.password")

    @property
    def conf(self) -> Path:
        """Folder of neo4j.conf."""
        return self.folder / "conf"

    @property
    def console(self) -> Path:
        """What the last process said."""
        return self.folder / "logs" / "console.log"

    @property
    def has_data(self) -> bool:
        """Was a server ever started, or a password set, here?"""
        return (self.folder / "data" / "databases" / "system").exists() or (self.folder / "data" / "dbms" / "auth.ini").exists()

    def prepare(self) -> None:
        """Make the folders, for the owner only, and the password unless there is one."""
        for folder in (self.folder, self.conf, self.console.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.password_file.exists():
            if self.has_data:
                raise NetworkError(
                    "the password of this workspace's Neo4j server is gone",
                    hint=f"put {self.password_file.name} back into keys/, or remove the folder neo4j of the workspace: the archive fills a new one",
                )
            write_private(self.password_file, secrets.token_hex(32))  # hexadecimal: neo4j-admin takes a leading - for an option

    def load_password(self) -> str:
        """The password of user neo4j; NetworkError when no server was started here yet."""
        try:
            return self.password_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            raise NetworkError("this workspace has no Neo4j server yet", hint="bakau neo4j start") from None

    def write_configuration(self, running: Running) -> None:
        """Write neo4j.conf."""
        text = CONFIGURATION.format(port=running.port, page_cache=running.page_cache)
        (self.conf / "neo4j.conf").write_text(text, encoding="ascii")

    def read_running(self) -> Running | None:
        """What was written last; None before the first start or when it cannot be read."""
        try:
            return Running(**json.loads((self.folder / "server.json").read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return None

    def write_running(self, running: Running) -> None:
        """Keep what the server runs with, by one rename."""
        draft = self.folder / ".server.json"
        draft.write_text(json.dumps(asdict(running)), encoding="ascii")
        draft.replace(self.folder / "server.json")
