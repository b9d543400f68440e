"""What the ledger knows about: sources, batches, runs. Small frozen records, one per ledger row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

#: The source every fresh workspace has.
TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Source:
    """Who gave data, on which authority and legal basis, for which purposes, until when it may be kept."""

    source_id: str
    name: str
    kind: str
    authority: str
    legal_basis: str
    purposes: tuple[str, ...]
    keep_until: date | None
    training: bool

    def is_over(self, today: date) -> bool:
        """Is the last day it may be kept over?"""
        return self.keep_until is not None and self.keep_until < today


@dataclass(frozen=True, slots=True)
class BatchIdentity:
    """What makes two loads the same load: source, bytes of the file, mapping, reader version."""

    source_id: str
    file_sha256: str
    mapping_hash: str
    reader: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Accounting of one batch over *source records*: received = loaded + rejected + duplicates. `rows` counts stored rows per table."""

    batch_id: str
    received: int
    loaded: int
    rejected: int
    duplicates: int
    conflicts: int
    rows: dict[str, int]
    rounded: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One ledger row: a file that was loaded, when and by whom, what came of it, and whether it was withdrawn since.

    `incomplete` says why it is not the whole of what its file promises: sums or balances that do not meet, numbers missing.
    """

    batch_id: str
    seq: int
    identity: BatchIdentity
    file_name: str
    declares_corrections: bool
    loaded_us: int
    loaded_by: str
    seconds: float
    report: LoadReport
    withdrawn: bool
    withdrawn_reason: str | None = None
    incomplete: tuple[str, ...] = ()
    #: Its bytes are gone, a tombstone stands for it; it counts as withdrawn everywhere.
    purged: bool = False

    @property
    def source_id(self) -> str:
        """The source it came from."""
        return self.identity.source_id


@dataclass(frozen=True, slots=True)
class Run:
    """What a set of derived numbers stands on: snapshot of the facts, code, packs, engine, seed, parameters."""

    run_id: str
    snapshot_version: int
    fact_digest: str
    code: str
    packs: str
    engine: str
    seed: int
    created_by: str
    previous: str | None = None
    created_us: int = 0
    seq: int = 0
    parameters: dict[str, object] = field(default_factory=dict)
