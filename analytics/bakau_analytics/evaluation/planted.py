"""Agreement with a planted truth: which planted networks the first findings name, and which look-alikes they name by mistake.

A truth is a folder with ``networks.csv``: network_id, scheme, account_number, role, in_core, lookalike (0 or 1); of a look-alike the
scheme says its kind. Protected accounts are left out: nobody may name them.
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

#: The part of an adult who empties a child's account.
SWEEPER = "sweep"

#: How many findings an analyst reads first.
DEPTHS = (20, 100)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted network: its scheme, its receiving core, everybody in it, the adults behind swept accounts (scorable account keys)."""

    network_id: str
    scheme: str
    core: frozenset[int]
    everybody: frozenset[int]
    sweepers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted: networks, and accounts that only look alike, by kind (scorable account keys)."""

    networks: tuple[Planted, ...]
    lookalikes: dict[str, frozenset[int]]


def load_truth(archive: Archive, snapshot: Snapshot, folder: Path) -> Truth:
    """The truth of a synthetic world, joined to the workspace's accounts by number."""
    columns = ("account_number", "network_id", "scheme", "role", "in_core", "lookalike")
    table = read_table(folder / NETWORKS_FILE, {name: (name,) for name in columns})
    keys = find_keys(archive, snapshot, table["account_number"].combine_chunks())
    table = table.append_column("key", pa.array(keys)).filter(pa.array(snapshot.scorable().contains(keys)))
    grouped: dict[str, list[dict[str, str | int]]] = {}
    lookalikes: dict[str, set[int]] = {}
    for row in table.select([*columns[1:], "key"]).to_pylist():
        if row["lookalike"] == "1":
            lookalikes.setdefault(row["scheme"], set()).add(row["key"])
        else:
            grouped.setdefault(row["network_id"], []).append(row)
    networks = tuple(_planted(name, members) for name, members in sorted(grouped.items()))
    return Truth(networks, {kind: frozenset(found) for kind, found in sorted(lookalikes.items())})


def _planted(name: str, members: list[dict[str, str | int]]) -> Planted:
    core = frozenset(int(row["key"]) for row in members if row["in_core"] == "1")
    sweepers = frozenset(int(row["key"]) for row in members if row["role"] == SWEEPER)
    return Planted(name, str(members[0]["scheme"]), core, frozenset(int(row["key"]) for row in members), sweepers)


def load_ranked(snapshot: Snapshot) -> list[frozenset[int]]:
    """Subjects of the newest run's findings, highest score first, ties by id."""
    findings = snapshot.derived("finding").sort_by([("score", "descending"), ("finding_id", "ascending")])
    subjects: dict[str, set[int]] = {}
    rows = snapshot.derived("finding_subject")
    for finding_id, key in zip(rows["finding_id"].to_pylist(), rows["account_key"].to_pylist(), strict=True):
        subjects.setdefault(finding_id, set()).add(key)
    return [frozenset(subjects[finding_id]) for finding_id in findings["finding_id"].to_pylist()]


def measure(truth: Truth, ranked: list[frozenset[int]]) -> dict[str, object]:
    """Recall, precision, recall of the adults behind swept accounts, and look-alikes named, at each depth and over all findings."""
    real = truth.networks
    depths = {**{f"top_{depth}": ranked[:depth] for depth in DEPTHS}, "all": ranked}
    schemes = {scheme: [network for network in real if network.scheme == scheme] for scheme in sorted({network.scheme for network in real})}
    return {
        "networks": len(real),
        "findings": len(ranked),
        "recall": {name: recall(real, found) for name, found in depths.items()},
        "precision": {name: _share(_right(real, found), len(found)) for name, found in depths.items()},
        "sweeping_adults": {name: _sweepers(real, found) for name, found in depths.items()},
        "recall_by_scheme": {
            scheme: {"planted": len(planted), **{name: recall(planted, found) for name, found in depths.items()}}
            for scheme, planted in schemes.items()
        },
        "lookalikes": {
            kind: {"planted": len(alike), **{name: len(alike & _named(found)) for name, found in depths.items()}}
            for kind, alike in truth.lookalikes.items()
        },
    }


def recall(networks: Sequence[Planted], findings: list[frozenset[int]]) -> float:
    """Share of the networks that these findings find."""
    return _share(sum(is_found(network, findings) for network in networks), len(networks))


def is_found(network: Planted, findings: list[frozenset[int]]) -> bool:
    """True when at least half of the network's core are subjects of these findings; a network whose whole core is protected never is."""
    return bool(network.core) and 2 * len(network.core & _named(findings)) >= len(network.core)


def _named(findings: list[frozenset[int]]) -> frozenset[int]:
    return frozenset[int]().union(*findings)


def _right(real: Sequence[Planted], findings: list[frozenset[int]]) -> int:
    """Findings at least half of whose subjects were planted."""
    planted = _named([network.everybody for network in real])
    return sum(2 * len(found & planted) >= len(found) for found in findings)


def _sweepers(real: Sequence[Planted], findings: list[frozenset[int]]) -> dict[str, int]:
    adults = _named([network.sweepers for network in real])
    return {"planted": len(adults), "found": len(adults & _named(findings))}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
