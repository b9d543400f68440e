"""Which server a workspace's network lives in: its own, or one that the environment names."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bakau.errors import NetworkError, SettingsError
from bakau.settings import load_settings
from bakau_graph.neo4j.home import Home
from bakau_graph.neo4j.server import look

if TYPE_CHECKING:
    from bakau.workspace import Workspace

USER = "neo4j"
#: Bolt in clear is for this machine only; to another one it goes encrypted, with a certificate that is checked.
CLEAR, ENCRYPTED = "bolt", "bolt+s"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and the password of user neo4j there."""

    uri: str
    password: str = field(repr=False)
    is_own: bool


def find_endpoint(workspace: Workspace) -> Endpoint:
    """The server to talk to: the one of BAKAU_NEO4J_URI, else the workspace's own, which must run.

    SettingsError for an address that must not be used, NetworkError when the own server does not run.
    """
    settings = load_settings()
    if settings.neo4j_uri is None:
        state = look(workspace)
        if not state.is_running or state.address is None:
            raise NetworkError(
                "the Neo4j server of this workspace is not running", hint="bakau neo4j start, or walk with --network embedded"
            )
        return Endpoint(state.address, Home.of(workspace).load_password(), is_own=True)
    check_uri(settings.neo4j_uri)
    if settings.neo4j_password is None:
        raise SettingsError("BAKAU_NEO4J_URI is set and no password is", hint="set BAKAU_NEO4J_PASSWORD_FILE or BAKAU_NEO4J_PASSWORD")
    return Endpoint(settings.neo4j_uri, settings.neo4j_password, is_own=False)


def check_uri(uri: str) -> None:
    """SettingsError unless the address is Bolt on this machine, or Bolt with TLS."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in {CLEAR, ENCRYPTED} or not host or parts.username or parts.path.strip("/") or parts.query:
        raise SettingsError("BAKAU_NEO4J_URI is no address of a Neo4j server", hint="bolt://127.0.0.1:PORT, or bolt+s://HOST:PORT")
    if parts.scheme == CLEAR and not _is_this_machine(host):
        raise SettingsError(
            "BAKAU_NEO4J_URI would carry investigation data in clear to another machine",
            hint="use bolt+s:// and a certificate that is checked",
        )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
