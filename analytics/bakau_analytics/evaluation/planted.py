"""Agreement with a planted truth: which planted networks the first findings name, and which look-alikes they name by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.evaluation.truth import NETWORKS_FILE, find_keys, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from bakau_graph.archive import Archive, Snapshot

#: Parts that receive: a planted network is found when half of these accounts are named.
CORE_ROLES = frozenset({"facilitator", "organiser", "sweep", "cash_out", "mule"})

#: How many findings an analyst reads first.
DEPTHS = (20, 100)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted network or look-alike: its scheme, its core (scorable account keys), everybody in it, adults behind swept accounts."""

    network_id: str
    scheme: str
    is_lookalike: bool
    core: frozenset[int]
    everybody: frozenset[int]
    sweepers: frozenset[int]


def load_planted(archive: Archive, snapshot: Snapshot, folder: Path) -> list[Planted]:
    """The planted networks and look-alikes of a synthetic world, joined to the workspace's accounts."""
    columns = {name: (name,) for name in ("network_id", "account_number", "role", "scheme", "lookalike")}
    rows = read_table(folder / NETWORKS_FILE, columns)
    keys = find_keys(archive, snapshot, rows["account_number"].combine_chunks())
    allowed = snapshot.scorable().contains(keys)
    table = rows.append_column("key", pa.array(keys)).append_column("scorable", pa.array(allowed))
    grouped: dict[str, list[dict[str, object]]] = {}
    for row in table.to_pylist():
        grouped.setdefault(str(row["network_id"]), []).append(row)
    return [_planted(name, members) for name, members in sorted(grouped.items())]


def _planted(name: str, members: list[dict[str, object]]) -> Planted:
    def keys(roles: frozenset[str] | None) -> frozenset[int]:
        chosen = (row for row in members if row["scorable"] and (roles is None or row["role"] in roles))
        return frozenset(int(str(row["key"])) for row in chosen)

    first = members[0]
    is_lookalike = str(first["lookalike"]) in {"1", "true", "True", "yes"}
    return Planted(name, str(first["scheme"]), is_lookalike, keys(CORE_ROLES), keys(None), keys(frozenset({"sweep"})))


def load_ranked(snapshot: Snapshot) -> list[frozenset[int]]:
    """Subjects of the newest run's findings, highest score first, ties by id."""
    findings = snapshot.derived("finding").sort_by([("score", "descending"), ("finding_id", "ascending")])
    subjects: dict[str, set[int]] = {}
    rows = snapshot.derived("finding_subject")
    for finding_id, key in zip(rows["finding_id"].to_pylist(), rows["account_key"].to_pylist(), strict=True):
        subjects.setdefault(finding_id, set()).add(key)
    return [frozenset(subjects[finding_id]) for finding_id in findings["finding_id"].to_pylist()]


def measure(planted: list[Planted], ranked: list[frozenset[int]]) -> dict[str, object]:
    """Recall, precision, recall of the adults behind swept accounts, and look-alikes named, at each depth and over all findings."""
    real = [network for network in planted if not network.is_lookalike]
    alike = [network for network in planted if network.is_lookalike]
    depths = {**{f"top_{depth}": ranked[:depth] for depth in DEPTHS}, "all": ranked}
    return {
        "networks": len(real),
        "findings": len(ranked),
        "recall": {name: _share(sum(is_found(network, found) for network in real), len(real)) for name, found in depths.items()},
        "precision": {name: _share(_right(real, found), len(found)) for name, found in depths.items()},
        "sweeping_adults": {name: _sweepers(real, found) for name, found in depths.items()},
        "recall_by_scheme": {
            scheme: {
                name: _share(sum(is_found(network, found) for network in real if network.scheme == scheme), _number(real, scheme))
                for name, found in depths.items()
            }
            for scheme in sorted({network.scheme for network in real})
        },
        "lookalikes": {
            scheme: {
                "planted": _number(alike, scheme),
                **{name: _named(alike, scheme, found) for name, found in depths.items()},
            }
            for scheme in sorted({network.scheme for network in alike})
        },
    }


def is_found(network: Planted, findings: list[frozenset[int]]) -> bool:
    """True when at least half of the network's core are subjects of these findings; a network whose whole core is protected never is."""
    named = frozenset[int]().union(*findings)
    return bool(network.core) and 2 * len(network.core & named) >= len(network.core)


def _right(real: list[Planted], findings: list[frozenset[int]]) -> int:
    """Findings at least half of whose subjects were planted."""
    planted = frozenset[int]().union(*(network.everybody for network in real))
    return sum(2 * len(found & planted) >= len(found) for found in findings)


def _sweepers(real: list[Planted], findings: list[frozenset[int]]) -> dict[str, int]:
    adults = frozenset[int]().union(*(network.sweepers for network in real))
    named = frozenset[int]().union(*findings)
    return {"planted": len(adults), "found": len(adults & named)}


def _number(networks: list[Planted], scheme: str) -> int:
    return sum(network.scheme == scheme for network in networks)


def _named(alike: list[Planted], scheme: str, findings: list[frozenset[int]]) -> int:
    """Look-alike groups of which at least one member is a subject."""
    named = frozenset[int]().union(*findings)
    return sum(network.scheme == scheme and bool(network.everybody & named) for network in alike)


def _share(part: int, whole: int) -> float:
    return round(float(np.divide(part, whole)), 4) if whole else 0.0
