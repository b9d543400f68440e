"""How everybody gets a network: one call, whatever implementation stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakau.workspace import Workspace
    from bakau_graph.network.protocol import Facts, Network


def open_network(workspace: Workspace, snapshot: Facts) -> Network:
    """The network of a snapshot: the embedded one, built first when no generation of these facts lies in the workspace.

    Safe to call from several processes at once; one builds, the others wait for it. The answers stand on `snapshot`, whatever is
    loaded later.
    """
    from bakau_graph.embedded.network import EmbeddedNetwork

    return EmbeddedNetwork.open(workspace.network, snapshot)
