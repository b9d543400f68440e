"""One analysis of a workspace: from a snapshot to stored findings.

The same facts, code, packs, engine versions and settings are the same run: analysing again adds nothing. When other facts were
analysed in between, the run is a new one, so that findings continue what stood before.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau import __version__
from bakau.errors import UnsupportedError
from bakau.finding import FindingKind
from bakau_analytics.detection import Detection, Settings, detect_findings
from bakau_analytics.findings.lineage import Step, compare_runs, continue_findings, load_earlier
from bakau_analytics.findings.parts import load_missing
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.referrals.newest import count_referrals
from bakau_analytics.referrals.review import load_referred
from bakau_graph.archive import Run
from bakau_graph.archive.archive import whoami
from bakau_graph.archive.derived import DERIVED

if TYPE_CHECKING:
    from bakau.progress import Progress
    from bakau_analytics.indicators.pack import PackSet
    from bakau_graph.archive import Archive, Snapshot

#: Steps that an analysis tells a progress bar.
STEPS = 4

#: Libraries whose version may change a number.
_LIBRARIES = ("duckdb", "networkit", "numpy", "pyarrow", "scikit-learn", "scipy")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did, in numbers that may be shown to anybody: no account, no name. `referrals` is of now and stored nowhere."""

    referrals: int
    run_id: str
    snapshot: str
    repeated: bool
    protected_accounts: int
    protected_parties: int
    findings_with_protected: int
    in_review: int
    accounts: int
    transfers: int
    account_findings: int
    network_findings: int
    new: int
    changed: int
    gone: int
    hubs: int
    hub_degree: int
    communities: dict[str, int]
    not_evaluable: dict[str, str]
    seconds: float


def describe_engine(engine: str) -> str:
    """Name and versions of what computes: part of a run's identity. UnsupportedError for an engine that is not there."""
    if engine != "local":
        raise UnsupportedError(f"no engine {engine!r}", hint="local is the one there is")
    return "; ".join([engine, *(f"{name} {_version(name)}" for name in _LIBRARIES)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@cache
def describe_code() -> str:
    """Version of Bakau and the first digits of a hash over this package's Python, SQL and YAML: other code, other run."""
    package = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(path for suffix in ("py", "sql", "yaml") for path in package.rglob(f"*.{suffix}")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:12]}"


def fingerprint(snapshot: Snapshot, packs: PackSet, settings: Settings, engine: str) -> str:
    """What makes two analyses the same: facts, code, packs, engine and settings; 32 hexadecimal digits."""
    parts = [snapshot.digest, describe_code(), packs.digest, engine, settings.as_parameters()]
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def analyse(
    archive: Archive,
    *,
    packs: PackSet | None = None,
    settings: Settings | None = None,
    engine: str = "local",
    progress: Progress | None = None,
) -> RunSummary:
    """Analyse the newest snapshot and store the run. The same analysis again computes and adds nothing.

    Raises PackError, LockedError, ProtectedError (somebody was protected meanwhile: analyse again).
    """
    begin = time.monotonic()
    packs, settings = packs or load_packs(), settings or Settings()
    snapshot, described = archive.snapshot(), describe_engine(engine)
    mark = fingerprint(snapshot, packs, settings, described)
    latest = snapshot.latest_run()
    if latest is not None and latest.parameters.get("fingerprint") == mark:
        return _summary(snapshot, latest, begin, referrals=count_referrals(snapshot).referrals, repeated=True)
    with snapshot.connect() as connection:
        found = detect_findings(connection, packs, snapshot.scorable(), settings, progress)
        transfers = _count(connection.execute("SELECT count(*) FROM transfer").fetchone())
        referrals = load_referred(connection)
    previous = latest.run_id if latest else None
    run = Run(
        run_id="r-" + hashlib.blake2b(f"{mark}{previous or ''}".encode(), digest_size=8).hexdigest(),
        snapshot_version=snapshot.version,
        fact_digest=snapshot.digest,
        code=describe_code(),
        packs=packs.digest,
        engine=described,
        seed=settings.seed,
        created_by=whoami(),
        previous=previous,
        parameters={"fingerprint": mark, "settings": settings.as_parameters(), "counts": _counts(found, snapshot, transfers)},
    )
    tables = build_tables(found, continue_findings(found.draft, *load_earlier(snapshot)))
    stored = archive.commit_run(run, tables)
    if progress is not None:
        progress.advance()
    return _summary(archive.snapshot(), stored, begin, referrals=referrals, repeated=False)


def _count(row: tuple[int, ...] | None) -> int:
    return int(row[0]) if row else 0


def _counts(found: Detection, snapshot: Snapshot, transfers: int) -> dict[str, object]:
    labels = found.communities.labels
    return {
        "accounts": len(found.scores.scorable),
        "in_review": len(snapshot.scorable()) - len(found.scores.scorable),
        "transfers": transfers,
        "hubs": len(found.graph.hubs),
        "hub_degree": found.graph.hub_degree,
        "communities": {str(resolution): len(np.unique(number)) for resolution, number in labels.items()},
        "resolution": found.communities.finest_stable(),
        "communities_engine": found.communities.engine,
        "not_evaluable": load_missing(found.scores.hits),
    }


def build_tables(found: Detection, steps: dict[int, Step]) -> dict[str, pa.Table]:
    """The derived tables of a run, each in a fixed order."""
    draft = found.draft
    groups = draft.findings["grp"].to_pylist()
    own = [steps[group] for group in groups]
    named = pa.table(
        {
            "finding_id": pa.array([step.finding_id for step in own], pa.string()),
            "revision": pa.array([step.revision for step in own], pa.int32()),
            "previous": pa.array([step.previous for step in own], pa.string()),
            "status": pa.array([step.status for step in own], pa.string()),
            "subject_hash": pa.array([step.subject_hash for step in own], pa.string()),
        }
    )
    findings = pa.table(
        {**{name: named[name] for name in named.column_names}, **{n: draft.findings[n] for n in draft.findings.column_names}}
    )
    ids = named["finding_id"].combine_chunks()
    numbers = draft.findings["grp"].combine_chunks()

    def identify(rows: pa.Table) -> pa.Table:
        spot = pc.index_in(rows["grp"], value_set=numbers).combine_chunks()
        return rows.append_column("finding_id", ids.take(spot))

    tables = {
        "score": found.scores.contributions.score_table(),
        "hit": found.scores.hits,
        "community": found.community_table(),
        "finding": findings,
        "finding_subject": identify(draft.subjects),
        "finding_context": identify(draft.context),
        "finding_review": identify(draft.review),
        "finding_reason": identify(draft.reasons),
        "finding_recent": identify(found.recent),
        "finding_bound": identify(draft.bounds),
        "evidence": identify(draft.evidence),
    }
    return {name: _shape(name, rows) for name, rows in tables.items()}


_ORDER = {
    "hit": ("indicator", "account_key"),
    "finding": ("finding_id",),
    "finding_subject": ("finding_id", "account_key"),
    "finding_context": ("finding_id", "account_key"),
    "finding_review": ("finding_id", "account_key"),
    "finding_reason": ("finding_id", "account_key", "name"),
    "finding_recent": ("finding_id", "account_key"),
    "finding_bound": ("finding_id", "account_key", "name"),
    "evidence": ("finding_id", "account_key", "indicator", "transfer_id"),
}


def _shape(name: str, rows: pa.Table) -> pa.Table:
    """Columns as declared, rows in the table's order (score and community come in theirs)."""
    schema = DERIVED[name].schema
    ordered = rows.select(schema.names).cast(schema)
    keys = _ORDER.get(name)
    return ordered.sort_by([(key, "ascending") for key in keys]).combine_chunks() if keys else ordered


def _summary(snapshot: Snapshot, run: Run, begin: float, *, referrals: int, repeated: bool) -> RunSummary:
    findings = snapshot.derived("finding", run.run_id)
    kinds = findings["kind"].to_pylist()
    counts = run.parameters["counts"]
    if not isinstance(counts, dict):
        raise TypeError("a run without counts")
    difference = compare_runs(snapshot, run.previous, run.run_id) if run.previous else None
    return RunSummary(
        referrals=referrals,
        run_id=run.run_id,
        snapshot=snapshot.label,
        repeated=repeated,
        protected_accounts=len(snapshot.protection.protected_accounts),
        protected_parties=len(snapshot.protection.protected_parties),
        findings_with_protected=pc.sum(pc.greater(findings["protected_count"], 0)).as_py() or 0,
        in_review=counts.get("in_review", 0),
        accounts=counts["accounts"],
        transfers=counts["transfers"],
        account_findings=kinds.count(FindingKind.ACCOUNT.value),
        network_findings=kinds.count(FindingKind.NETWORK.value),
        new=len(difference.new) if difference else len(kinds),
        changed=len(difference.changed) if difference else 0,
        gone=len(difference.gone) if difference else 0,
        hubs=counts["hubs"],
        hub_degree=counts["hub_degree"],
        communities=dict(sorted(counts["communities"].items(), key=lambda entry: int(entry[0]))),
        not_evaluable=counts["not_evaluable"],
        seconds=round(time.monotonic() - begin, 3),
    )
