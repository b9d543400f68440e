"""Who may do what: one protocol, default deny, every missing right named.

A policy sees a request as a whole (person, purpose, action, case, sources) and answers with the reasons against it; no reason
means yes. The Desk asks before it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bakau_casework.purpose import TERMS, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bakau_casework.cases import Case
    from bakau_casework.people import Person
    from bakau_graph.archive import Source


class Action(StrEnum):
    """What a person can ask of the Desk; a closed list."""

    OPEN = "desk.open"
    FINDINGS = "findings.list"
    CHANGES = "findings.changes"
    EXPLAIN = "finding.explain"
    FIND = "account.find"
    ACCOUNT = "account.show"
    NEIGHBOURS = "account.neighbours"
    PATH = "account.path"
    TRANSFERS = "account.transfers"
    NETWORK = "network.show"
    NETWORK_STATUS = "network.status"
    SOURCES = "source.list"
    RUNS = "run.list"
    RULES = "rule.list"
    RULES_IN_FORCE = "rule.in_force"
    RULE_COUNTS = "rule.count"
    BATCHES = "batch.list"
    REJECTS = "batch.rejects"
    UPLOAD_LOOK = "upload.look"
    UPLOAD_LOAD = "upload.load"
    EXPORT_SCORES = "export.scores"
    EXPORT_FINDINGS = "export.findings"
    EXPORT_COMMUNITIES = "export.communities"
    EXPORT_FEATURES = "export.features"
    EXPORT_TRANSFERS = "export.transfers"
    PICTURE = "export.picture"
    LEADS = "leads.look_up"
    LEAD_LISTS = "leads.list"
    LEAD_SHOW = "leads.show"
    LEAD_CHECK = "leads.check"
    LEAD_FORGET = "leads.forget"
    REFERRALS = "referral.list"
    REFERRAL_ACT = "referral.act"
    REFERRAL_SETTLE = "referral.settle"
    REFERRAL_REVEAL = "referral.reveal"
    AGE_CONTROL = "age_control.report"
    ASK = "finding.ask"
    REPLAY = "replay.run"
    PROPOSALS = "rule.proposals"
    RULE_PROPOSE = "rule.propose"
    RULE_DRAFT = "rule.draft"
    RULE_SHADOW = "rule.shadow"
    RULE_ACTIVATE = "rule.activate"
    RULE_ACTIVATE_ALONE = "rule.activate_alone"
    RULE_RETIRE = "rule.retire"
    KEYS = "pack_key.list"
    KEY_TRUST = "pack_key.trust"
    KEY_DISTRUST = "pack_key.distrust"
    METHODS = "method.list"
    METHOD_ADD = "method.add"
    CASE_OPEN = "case.open"
    CASE_LIST = "case.list"
    CASE_SHOW = "case.show"
    CASE_MEMBER = "case.member"
    CASE_STATUS = "case.status"
    AUDIT = "audit.list"

    @property
    def shows_source_data(self) -> bool:
        """True when the answer says something about accounts or money, so that the sources' limits apply."""
        return self in _SOURCE_DATA

    @property
    def is_of_referrals(self) -> bool:
        """True when the answer is about people who may need protection: for safeguarding alone."""
        return self in _REFERRALS


_SOURCE_DATA = frozenset(
    {
        Action.FINDINGS, Action.CHANGES, Action.EXPLAIN, Action.FIND, Action.ACCOUNT, Action.NEIGHBOURS, Action.PATH, Action.REJECTS,
        Action.TRANSFERS, Action.NETWORK,
        Action.EXPORT_SCORES, Action.EXPORT_FINDINGS, Action.EXPORT_COMMUNITIES, Action.EXPORT_FEATURES, Action.EXPORT_TRANSFERS,
        Action.PICTURE, Action.LEADS, Action.LEAD_LISTS, Action.LEAD_SHOW, Action.LEAD_CHECK,
        Action.REFERRALS, Action.REFERRAL_ACT, Action.REFERRAL_SETTLE, Action.REFERRAL_REVEAL, Action.AGE_CONTROL, Action.ASK, Action.REPLAY,
        Action.RULES_IN_FORCE, Action.RULE_COUNTS,
    }
)  # fmt: skip

_REFERRALS = frozenset({Action.REFERRALS, Action.REFERRAL_ACT, Action.REFERRAL_SETTLE, Action.REFERRAL_REVEAL})

#: What safeguarding may ask: referrals, and numbers about providers.
_OF_SAFEGUARDING = _REFERRALS | {Action.OPEN, Action.AGE_CONTROL}

#: What a source writes among its purposes to allow every one.
EVERY_PURPOSE = "*"


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a policy. `sources` are those of the workspace, `in_use` the ids of those that have visible batches.

    `into` is the id of the source that something is about to be loaded into.
    """

    person: Person
    purpose: Purpose
    action: Action
    today: date
    case: Case | None = None
    sources: Sequence[Source] = ()
    in_use: frozenset[str] = field(default_factory=frozenset)
    into: str | None = None


class Policy(Protocol):
    """Decides. An implementation must answer with a reason for everything it does not know."""

    @property
    def is_single_user(self) -> bool:
        """True where one person works alone, so that what needs a second person may be done by one, and is recorded as that."""

    def objections(self, request: Request) -> list[str]:
        """Every reason against the request, in words; an empty list allows it."""


class DenyAll:
    """Allows nothing: what stands where no policy was chosen."""

    is_single_user = False

    def objections(self, request: Request) -> list[str]:
        """One reason, always."""
        return [f"no policy allows {request.action.value}"]


class LocalPolicy:
    """One person on their own machine: whoever may read the workspace's files may explore; unmasking has its conditions.

    It keeps purposes, cases and sources honest. It is no barrier against somebody who can read files and key (SECURITY.md).
    """

    is_single_user = True

    def objections(self, request: Request) -> list[str]:
        """Reasons from the purpose's own terms, from the case, and from every source."""
        if request.into is not None:
            return _objections_of_target(request)
        found = _objections_of_terms(request) if request.action.shows_source_data or request.action is Action.OPEN else []
        return [*found, *_objections_of_sources(request)] if request.action.shows_source_data else found


def _objections_of_terms(request: Request) -> list[str]:
    terms = TERMS.get(request.purpose)
    if terms is None:
        return ["unknown purpose"]
    found = []
    if terms.training_only and not _is_training_only(request):
        found.append(f"purpose {request.purpose} is for workspaces whose every source is a training source")
    if request.purpose is Purpose.SAFEGUARDING or request.action.is_of_referrals:
        found.extend(_objections_of_safeguarding(request))
    needs_case = terms.needs_case or (request.purpose is Purpose.SAFEGUARDING and not _is_training_only(request))
    if needs_case or request.case is not None:
        found.extend(_objections_of_case(request, needs_case=needs_case))
    return found


def _is_training_only(request: Request) -> bool:
    return bool(request.sources) and all(source.training for source in request.sources)


def _objections_of_safeguarding(request: Request) -> list[str]:
    """Referrals are for safeguarding, and safeguarding is for referrals. On real data its role is held by the members of a case opened for it."""
    if request.action.is_of_referrals and request.purpose is not Purpose.SAFEGUARDING:
        return ["referrals are shown for the purpose safeguarding only"]
    if request.action in _OF_SAFEGUARDING:
        return []
    return ["purpose safeguarding is for referrals only"]


def _objections_of_case(request: Request, *, needs_case: bool) -> list[str]:
    case = request.case
    if case is None:
        return [f"purpose {request.purpose} needs a case (--case)"]
    found = []
    if not case.status.is_open:
        found.append(f"case {case.case_id} is {case.status}")
    if request.person.name not in case.members:
        found.append(f"{request.person.name} is no member of case {case.case_id}")
    if needs_case and not request.person.is_login:
        found.append(f"purpose {request.purpose} is for yourself only: this login is not {request.person.name}")
    if needs_case and not case.legal_basis.strip():
        found.append(f"case {case.case_id} states no legal basis")
    if needs_case and request.purpose not in case.purposes:
        found.append(f"case {case.case_id} was not opened for {request.purpose}")
    return found


def _objections_of_target(request: Request) -> list[str]:
    target = next((source for source in request.sources if source.source_id == request.into), None)
    if target is None:
        return ["there is no such source"]
    if target.is_over(request.today):
        return [
            f"source {target.source_id} might be kept until {target.keep_until}: nothing more is loaded into it (bakau source extend, if its basis was renewed)"
        ]
    return []


def _objections_of_sources(request: Request) -> list[str]:
    found = []
    for source in request.sources:
        if source.source_id not in request.in_use:
            continue
        if request.purpose not in source.purposes and EVERY_PURPOSE not in source.purposes:
            found.append(f"source {source.source_id} does not allow {request.purpose}")
        if source.is_over(request.today):
            found.append(f"source {source.source_id} might be kept until {source.keep_until}: withdraw its batches")
    return found
