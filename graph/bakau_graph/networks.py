"""How everybody gets a network: one call, whatever implementation stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.settings import load_settings

if TYPE_CHECKING:
    from bakau.workspace import Workspace
    from bakau_graph.network.protocol import Facts, Network


def network_kind(workspace: Workspace) -> str:
    """Which network a workspace is walked on: what --network or BAKAU_NETWORK says, else what it was made with."""
    return load_settings().network or workspace.network_kind


def open_network(workspace: Workspace, snapshot: Facts) -> Network:
    """The network of a snapshot, built or brought up first when it does not stand on these facts. Close it when done.

    Safe to call from several processes at once; one builds, the others wait for it. The answers stand on `snapshot`, whatever is
    loaded later. NetworkError when the Neo4j server cannot be used.
    """
    if network_kind(workspace) == "neo4j":
        return _open_neo4j(workspace, snapshot)
    from bakau_graph.embedded.network import EmbeddedNetwork

    return EmbeddedNetwork.open(workspace.network, snapshot)


def _open_neo4j(workspace: Workspace, snapshot: Facts) -> Network:
    from bakau_graph.archive import Archive
    from bakau_graph.neo4j.in_step import open_in_step
    from bakau_graph.neo4j.network import Neo4jNetwork

    session, _ = open_in_step(Archive(workspace))
    try:
        return Neo4jNetwork(session, snapshot)
    except BaseException:
        session.close()
        raise
