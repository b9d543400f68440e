"""What the database says about itself: whose it is, what it stands on, which batches it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakau.errors import NetworkError
from bakau_graph.neo4j.schema import SCHEMA_VERSION
from bakau_graph.network.answers import CurrencyCount, NetworkStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_graph.neo4j.session import Session

READ_BAKAU = "MATCH (x:Bakau {id: 1}) RETURN properties(x) AS bakau"
COUNT_HUBS = "MATCH (h:Hub) RETURN count(h) AS n"
READ_BATCHES = "MATCH (b:Batch) RETURN b.id AS id, b.state AS state, b.seq AS seq, b.chunks AS chunks ORDER BY seq"
READ_CHUNKS = "MATCH (:Batch {id: $id})-[:HAS]->(c:Chunk) RETURN c.id AS id"

BUILDING, LOADING, READY = "building", "loading", "ready"
BATCH_WAITING, BATCH_LOADING, BATCH_LOADED, BATCH_REMOVING = "waiting", "loading", "loaded", "removing"


@dataclass(frozen=True, slots=True)
class Standing:
    """The (:Bakau) node, as far as bringing the network up needs it."""

    snapshot_version: int
    label: str
    digest: str
    state: str
    marks_run_id: str | None
    mark_names: tuple[str, ...]
    hub_degree: int

    @property
    def is_ready(self) -> bool:
        """Is nothing being brought in or half done?"""
        return self.state == READY


def read_bakau(session: Session) -> dict[str, Any]:
    """Everything the (:Bakau) node says, by name; empty when there is none."""
    rows = session.read(READ_BAKAU)
    return dict(rows[0]["bakau"]) if rows else {}


def other_facts() -> NetworkError:
    """The error of whoever finds the database on other facts than their own."""
    return NetworkError("the Neo4j server does not stand on this snapshot", hint="bakau network sync")


def describe(bakau: Mapping[str, Any], *, as_of: str, hubs: int, hub_degree: int) -> NetworkStatus:
    """What the (:Bakau) node says, as the status of a network; of an empty database too."""
    columns = [bakau.get(name) or [] for name in ("currencies", "currency_transfers", "currency_null_amounts")]
    return NetworkStatus(
        as_of=as_of,
        implementation="neo4j",
        digest=str(bakau.get("digest") or ""),
        accounts=bakau.get("accounts") or 0,
        transfers=bakau.get("transfers") or 0,
        null_amounts=bakau.get("null_amounts") or 0,
        hubs=hubs,
        hub_degree=hub_degree,
        currencies=tuple(
            CurrencyCount(currency=code, transfers=count, null_amounts=nulls) for code, count, nulls in zip(*columns, strict=True)
        ),
        first_us=bakau.get("first_us"),
        last_us=bakau.get("last_us"),
        size_bytes=0,
        built_us=bakau.get("built_us") or 0,
        is_loading=bakau.get("state") not in {None, READY},
        marks_run_id=bakau.get("marks_run_id"),
        marked_accounts=bakau.get("marked_accounts") or 0,
    )


def count_hubs(session: Session) -> int:
    """Accounts that carry the label of a hub; from the count store, whatever the size."""
    return int(session.read(COUNT_HUBS)[0]["n"])


def read_standing(session: Session) -> Standing | None:
    """What the database stands on, None when it is empty; NetworkError when its layout is not the one of this Bakau."""
    rows = session.read(READ_BAKAU)
    if not rows:
        return None
    bakau = rows[0]["bakau"]
    check_layout(bakau.get("schema_version"))
    return Standing(
        snapshot_version=int(bakau.get("snapshot_version") or 0),
        label=str(bakau.get("label") or ""),
        digest=str(bakau.get("digest") or ""),
        state=str(bakau.get("state") or LOADING),
        marks_run_id=bakau.get("marks_run_id"),
        mark_names=tuple(bakau.get("mark_names") or ()),
        hub_degree=int(bakau.get("hub_degree") or 0),
    )


def check_layout(version: object) -> None:
    """NetworkError unless the layout has the number this Bakau writes."""
    if version == SCHEMA_VERSION:
        return
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise NetworkError(f"the Neo4j database has layout {version}, newer than this Bakau writes ({SCHEMA_VERSION})", hint="update Bakau")
    if isinstance(version, int):
        raise NetworkError(f"the Neo4j database has layout {version}, and this Bakau uses {SCHEMA_VERSION}", hint="bakau network rebuild")
    raise NetworkError(f"the Neo4j database has no layout this Bakau knows ({SCHEMA_VERSION})", hint="bakau network rebuild")


def read_batches(session: Session) -> dict[str, str]:
    """State of every batch the database has begun to hold, by id."""
    return {str(row["id"]): str(row["state"]) for row in session.read(READ_BATCHES)}


def read_chunks(session: Session, batch_id: str) -> set[str]:
    """Ids of the chunks of a batch that are done."""
    return {str(row["id"]) for row in session.read(READ_CHUNKS, {"id": batch_id})}
