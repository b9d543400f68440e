"""The planted truth of a synthetic world: networks with their receiving core and their consumers, and accounts that only look alike.

A truth is a folder with ``networks.csv``: network_id, scheme, account_number, role, in_core, lookalike (0 or 1) and, where the world
says it, crime_type and receives_on (own, child, co_held, relative). Protected accounts are left out of core and consumers: nobody may
name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_analytics.evaluation.truth import NETWORKS_FILE, find_keys, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bakau_graph.archive import Archive, Snapshot

#: Parts in a truth: the payers, labelled apart, and the adult who empties a child's account.
CONSUMER, SWEEPER = "consumer", "sweep"
#: Networks of so many payers or fewer are reported apart: there is little to see.
FEW_PAYERS = 5
#: What a truth leaves open.
UNSTATED = "not stated"

_COLUMNS = ("network_id", "scheme", "role", "in_core", "lookalike")
_OPTIONAL = ("crime_type", "receives_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One planted network. Account keys of the scorable members; `payers` counts every consumer, found in the workspace or not.

    `receives_on` is whose account takes the money in: own, child, co_held or relative. It and `crime_type` are UNSTATED where the truth
    does not say.
    """

    network_id: str
    scheme: str
    crime_type: str = UNSTATED
    core: frozenset[int]
    consumers: frozenset[int]
    sweepers: frozenset[int] = frozenset()
    payers: int = 0
    receives_on: str = UNSTATED

    @property
    def members(self) -> frozenset[int]:
        """Core and consumers: whom a true finding may name."""
        return self.core | self.consumers

    @property
    def is_small(self) -> bool:
        """FEW_PAYERS or fewer."""
        return self.payers <= FEW_PAYERS


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted: networks, and accounts that only look alike, by kind (scorable account keys)."""

    networks: tuple[Planted, ...]
    lookalikes: dict[str, frozenset[int]]

    @property
    def every_lookalike(self) -> frozenset[int]:
        """All of them, whatever their kind."""
        return frozenset[int]().union(*self.lookalikes.values())

    @property
    def large(self) -> tuple[Planted, ...]:
        """Networks of more than FEW_PAYERS payers that somebody may be named of."""
        return tuple(network for network in self.networks if network.core and not network.is_small)


def load_truth(archive: Archive, snapshot: Snapshot, folder: Path) -> Truth:
    """The truth of a synthetic world, joined to the workspace's accounts by number. InputError, FileError when it is not one."""
    wanted = {name: (name,) for name in ("account_number", *_COLUMNS)}
    table = read_table(folder / NETWORKS_FILE, wanted, optional={name: (name,) for name in _OPTIONAL})
    keys = find_keys(archive, snapshot, table["account_number"].combine_chunks())
    table = table.append_column("key", pa.array(keys)).append_column("scorable", pa.array(snapshot.scorable().contains(keys)))
    grouped: dict[str, list[dict[str, str | int]]] = {}
    lookalikes: dict[str, set[int]] = {}
    for row in table.drop_columns("account_number").to_pylist():
        if row["lookalike"] != "1":
            grouped.setdefault(row["network_id"], []).append(row)
        elif row["scorable"]:
            lookalikes.setdefault(row["scheme"], set()).add(row["key"])
    networks = tuple(_planted(name, members) for name, members in sorted(grouped.items()))
    return Truth(networks, {kind: frozenset(found) for kind, found in sorted(lookalikes.items())})


def _planted(name: str, members: Sequence[dict[str, str | int]]) -> Planted:
    first = members[0]
    named = [row for row in members if row["scorable"]]
    return Planted(
        network_id=name,
        scheme=str(first["scheme"]),
        crime_type=str(first.get("crime_type") or UNSTATED),
        core=frozenset(int(row["key"]) for row in named if row["in_core"] == "1"),
        consumers=frozenset(int(row["key"]) for row in named if row["role"] == CONSUMER),
        sweepers=frozenset(int(row["key"]) for row in named if row["role"] == SWEEPER),
        payers=sum(row["role"] == CONSUMER for row in members),
        receives_on=str(first.get("receives_on") or UNSTATED),
    )
