"""The one list of networks the contract holds for. A new implementation adds a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from neo4j_world import load_world

from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.network import Bounds, Facts, Network

Opener = Callable[[Facts, Bounds], AbstractContextManager[Network]]


def _embedded(*, compiled: bool) -> Opener:
    @contextmanager
    def open_one(facts: Facts, bounds: Bounds) -> Iterator[Network]:
        with TemporaryDirectory() as folder:
            yield EmbeddedNetwork.open(Path(folder), facts, bounds=bounds, compiled=compiled)

    return open_one


@contextmanager
def _neo4j(facts: Facts, bounds: Bounds) -> Iterator[Network]:
    from bakau_graph.neo4j.network import Neo4jNetwork

    yield Neo4jNetwork(load_world(facts, bounds.hub_degree, bounds.per_account), facts, bounds=bounds)


IMPLEMENTATIONS: dict[str, Opener] = {
    "embedded": _embedded(compiled=False),
    "embedded, compiled": _embedded(compiled=True),
    "neo4j": _neo4j,
}
