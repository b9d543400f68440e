"""Findings live on: which finding continues which, so that decisions attach to a lineage and reopen only on a stated change.

An account finding is named by its kind and its subject. A network finding continues the network of the previous run with which it
shares most subjects (Jaccard at least one half, one to one, ties by id); otherwise it is named by its first subjects. The revision
grows only when subjects or indicator reasons changed; the model's ordering alone changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.finding import FindingKind
from bakau_analytics.anomaly import order
from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bakau_analytics.findings.assemble import Draft
    from bakau_graph.archive import Snapshot

#: One row per finding: a digest of what was seen, in a fixed order. Left out: the model's part, and what could not be looked at
#: (its text counts all transfers and changes with every load).
REASON_TEXT = """
SELECT name_of AS id, md5(string_agg(concat_ws('|', coalesce(account_key, -1), name, version, points, observed, threshold, evidence_count),
       ';' ORDER BY account_key NULLS FIRST, name)) AS digest
FROM reason WHERE name <> $model AND observed <> '' GROUP BY name_of
"""
SHARED = """
SELECT n.grp, o.finding_id, count(*) AS both FROM fresh n JOIN stood o ON n.account_key = o.account_key GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finding as it stood: revision, kind, subjects, digest of its reasons (both empty when only the lineage is known)."""

    revision: int
    kind: str
    subjects: tuple[int, ...]
    reasons: str


@dataclass(frozen=True, slots=True)
class Step:
    """How a new finding continues: its id, revision, the finding it continues (None when new), status, hash of its subjects."""

    finding_id: str
    revision: int
    previous: str | None
    status: str
    subject_hash: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Findings of a later run against an earlier one, as sorted finding ids."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    same: tuple[str, ...]


def subject_hash(kind: str, subjects: Iterable[int], *, salt: int = 0) -> str:
    """32 hexadecimal digits of kind and subjects, in any order."""
    text = "\x1f".join((kind, *(str(key) for key in sorted(subjects)), *([f"#{salt}"] if salt else [])))
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"bakau-finding-1").hexdigest()


def name_finding(kind: str, subjects: Sequence[int], *, salt: int = 0) -> str:
    """The id of a finding that continues none."""
    digest = bytes.fromhex(subject_hash(kind, subjects, salt=salt))
    return "f-" + base64.b32encode(digest[:10]).decode().lower()


def load_earlier(snapshot: Snapshot) -> tuple[dict[str, Earlier], dict[str, Earlier]]:
    """Findings of the newest run, and of all runs before it (newest word on each), by id; without subjects protected since."""
    runs = snapshot.runs()
    older: dict[str, Earlier] = {}
    for run in runs[:-1]:
        older |= {
            row["finding_id"]: Earlier(row["revision"], row["kind"], (), "")
            for row in snapshot.derived("finding", run.run_id).select(["finding_id", "revision", "kind"]).to_pylist()
        }
    if not runs:
        return {}, {}
    newest = runs[-1].run_id
    subjects = _group(snapshot.derived("finding_subject", newest), "finding_id")
    digests = _digest(snapshot.derived("finding_reason", newest), "finding_id")
    rows = snapshot.derived("finding", newest).select(["finding_id", "revision", "kind"]).to_pylist()
    latest = {
        row["finding_id"]: Earlier(row["revision"], row["kind"], subjects.get(row["finding_id"], ()), digests.get(row["finding_id"], ""))
        for row in rows
    }
    return latest, older


def _group(rows: pa.Table, by: str) -> dict[object, tuple[int, ...]]:
    grouped = (
        rows.sort_by([(by, "ascending"), ("account_key", "ascending")]).group_by(by, use_threads=False).aggregate([("account_key", "list")])
    )
    return {name: tuple(keys) for name, keys in zip(grouped[by].to_pylist(), grouped["account_key_list"].to_pylist(), strict=True)}


def _digest(reasons: pa.Table, by: str) -> dict[object, str]:
    with connect_scratch(threads=1) as connection:
        connection.register("reason", reasons.rename_columns(["name_of" if name == by else name for name in reasons.column_names]))
        rows = connection.execute(REASON_TEXT, {"model": order.NAME}).fetchall()
    return dict(rows)


def continue_findings(draft: Draft, latest: dict[str, Earlier], older: dict[str, Earlier]) -> dict[int, Step]:
    """For each group of the draft how it continues what stood before."""
    subjects, digests = _group(draft.subjects, "grp"), _digest(draft.reasons, "grp")
    kinds = dict(zip(draft.findings["grp"].to_pylist(), draft.findings["kind"].to_pylist(), strict=True))
    matched = match_networks(draft, latest)
    taken = set(matched.values())
    steps: dict[int, Step] = {}
    for group, kind in sorted(kinds.items()):
        finding_id = matched.get(group) or _fresh_name(kind, subjects[group], taken)
        taken.add(finding_id)
        steps[group] = _step(finding_id, kind, subjects[group], digests.get(group, ""), (latest.get(finding_id), older.get(finding_id)))
    return steps


def _fresh_name(kind: str, subjects: tuple[int, ...], taken: set[str]) -> str:
    salt = 0
    while (name := name_finding(kind, subjects, salt=salt)) in taken:
        salt += 1
    return name


def _step(finding_id: str, kind: str, subjects: tuple[int, ...], digest: str, stood: tuple[Earlier | None, Earlier | None]) -> Step:
    before, long_ago = stood
    mark = subject_hash(kind, subjects)
    if before is not None and before.subjects == subjects and before.reasons == digest:
        return Step(finding_id, before.revision, finding_id, "same", mark)
    known = before or long_ago
    if known is None:
        return Step(finding_id, 1, None, "new", mark)
    return Step(finding_id, known.revision + 1, finding_id, "changed", mark)


def match_networks(draft: Draft, latest: dict[str, Earlier]) -> dict[int, str]:
    """Group → id of the network it continues: best Jaccard first, at least one half, one to one; ties by id, then group."""
    stood = {name: found for name, found in latest.items() if found.kind == FindingKind.NETWORK}
    groups = draft.findings.filter(pc.equal(draft.findings["kind"], FindingKind.NETWORK.value))["grp"].combine_chunks()
    fresh = draft.subjects.filter(pc.is_in(draft.subjects["grp"], value_set=groups)).select(["grp", "account_key"])
    pairs = [(name, key) for name, found in stood.items() for key in found.subjects]
    if not pairs or not len(fresh):
        return {}
    size = dict(zip(*(part.tolist() for part in np.unique(np.asarray(fresh["grp"]), return_counts=True)), strict=True))
    with connect_scratch(threads=1) as connection:
        connection.register("fresh", fresh)
        names, keys = zip(*pairs, strict=True)
        connection.register("stood", pa.table({"finding_id": pa.array(names), "account_key": pa.array(keys, pa.int64())}))
        shared = connection.execute(SHARED).fetchall()
    ranked = []
    for group, name, both in shared:
        either = size[group] + len(stood[name].subjects) - both
        if 2 * both >= either:
            ranked.append((-both / either, name, group))
    matched: dict[int, str] = {}
    for _, name, group in sorted(ranked):
        if group not in matched and name not in matched.values():
            matched[group] = name
    return matched


def compare_runs(snapshot: Snapshot, run_a: str, run_b: str) -> Difference:
    """What run_b says that run_a did not (new), says otherwise (changed), no longer says (gone), and says still (same)."""
    before, after = (
        dict(zip(rows["finding_id"].to_pylist(), rows["revision"].to_pylist(), strict=True))
        for rows in (snapshot.derived("finding", run) for run in (run_a, run_b))
    )
    both = set(before) & set(after)
    return Difference(
        new=tuple(sorted(set(after) - set(before))),
        changed=tuple(sorted(name for name in both if before[name] != after[name])),
        gone=tuple(sorted(set(before) - set(after))),
        same=tuple(sorted(name for name in both if before[name] == after[name])),
    )
