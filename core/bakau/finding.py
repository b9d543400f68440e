"""What every detector yields: findings with subjects and reasons. A score is the sum of the points of its reasons.

The JSON shape of these documents is an interface (docs/cli.md, ``bakau.findings/1``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bakau.model import ProtectionState


class FindingKind(StrEnum):
    """What a finding is about."""

    ACCOUNT = "account"
    NETWORK = "network"


class Role(StrEnum):
    """Part a subject plays according to an indicator. A victim is a referral and never appears here."""

    CONSUMER = "consumer"
    FACILITATOR = "facilitator"
    PERPETRATOR = "perpetrator"
    MULE = "mule"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Subject:
    """An account the finding is about: its surrogate, the role, the indicators the role rests on, its points."""

    id: str
    role: Role
    role_basis: str
    age_state: ProtectionState
    points: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One named contribution to a score, with what was seen and what was expected.

    `points` may be negative (benign evidence). `observed` and `threshold` are sentences with numbers and units.
    `not_evaluable` says what was missing for a part of the subjects; it is empty when everything could be looked at.
    """

    name: str
    version: str
    points: int
    observed: str
    threshold: str
    source: str
    runbook: str
    evidence_count: int
    not_evaluable: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspect account or network: who, why, how much, on which evidence, and how it continues an earlier finding."""

    finding_id: str
    revision: int
    previous: str | None
    kind: FindingKind
    subjects: tuple[Subject, ...]
    context_ids: tuple[str, ...]
    protected_count: int
    first_ts_us: int
    last_ts_us: int
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if any(subject.age_state is ProtectionState.PROTECTED for subject in self.subjects):
            raise ValueError("a protected subject cannot be a subject of a finding")

    @property
    def score(self) -> int:
        """The sum of the reasons' points, so that a score and its reasons cannot drift apart."""
        return sum(reason.points for reason in self.reasons)
