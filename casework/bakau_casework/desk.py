"""The Desk: the one door between people and data.

Every answer goes the same way: the policy is asked, the view function reads the *newest* snapshot (so that a protection mark made a
moment ago counts), the draft is redacted by the purpose, the audit row is committed, and only then the view is handed out, with that row's
number. A refusal and a failed question are recorded too. The Desk is no barrier against somebody who can read the workspace's files and key (SECURITY.md).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from bakau.errors import AuditError, BakauError, RefusedError
from bakau_casework.audit import AuditLog, Entry, Head, hash_query
from bakau_casework.cases import CaseRegister
from bakau_casework.database import Database
from bakau_casework.desk_findings import FindingDesk
from bakau_casework.desk_leads import LeadDesk
from bakau_casework.desk_referrals import ReferralDesk
from bakau_casework.desk_rules import RuleDesk
from bakau_casework.passes import PassBook
from bakau_casework.people import get_person
from bakau_casework.policy import Action, LocalPolicy, Request
from bakau_casework.purpose import TERMS, get_purpose
from bakau_casework.reading import Clear, Reading, Shelf
from bakau_casework.redact import count_clear, objects_of, redact
from bakau_casework.view import View
from bakau_casework.views import batches, bulk, casefile, entities, findings, networks, numbers, referrals, state, transfers, walks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from bakau_casework.cases import Case, CaseStatus
    from bakau_casework.charts import Chart
    from bakau_casework.intake import Intake
    from bakau_casework.people import Person
    from bakau_casework.policy import Policy
    from bakau_casework.purpose import Purpose, Terms
    from bakau_casework.view import Declaration, Draft
    from bakau_casework.views.walks import Window
    from bakau_graph.archive import Archive

_EXPORTS = {
    "scores": (Action.EXPORT_SCORES, bulk.SCORES, bulk.export_scores),
    "findings": (Action.EXPORT_FINDINGS, bulk.FINDING_ROWS, bulk.export_findings),
    "communities": (Action.EXPORT_COMMUNITIES, bulk.COMMUNITIES, bulk.export_communities),
    "features": (Action.EXPORT_FEATURES, numbers.FEATURES, numbers.export_features),
    "transfers": (Action.EXPORT_TRANSFERS, bulk.TRANSFERS, bulk.export_transfers),
}


def open_desk(
    workspace: str | Path, person: str | None = None, purpose: str = "exploration", case: str | None = None, *, shelf: Shelf | None = None
) -> Desk:
    """Open the Desk of a workspace: what `bakau.open_desk` calls. As `Desk.open`, under the local policy."""
    return Desk.open(workspace, person, purpose, case, shelf=shelf)


class Desk(FindingDesk, LeadDesk, ReferralDesk, RuleDesk):
    """One person at one workspace for one purpose. A context manager; every method returns a redacted `View`.

    Desks of one process may share a `shelf`; each then waits for its turn. A Desk may be used from several threads, one at a time.
    """

    def __init__(
        self, archive: Archive, *, person: Person, purpose: Purpose, case: str | None, policy: Policy, shelf: Shelf | None = None
    ) -> None:
        self._archive, self._policy = archive, policy
        self._shelf, self._owns_shelf = shelf or Shelf(), shelf is None
        self._passes = PassBook()
        self._stands_on = (-1, "")
        self.person, self.purpose = person, purpose
        self._terms = TERMS[purpose]
        self._database = Database(archive.workspace.casework)
        self._audit, self._cases = AuditLog(self._database), CaseRegister(self._database)
        try:
            self._case_id = self._cases.load_case(case).case_id if case else None
            self._require(Action.OPEN, self._newest())
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(
        cls,
        workspace: str | Path,
        person: str | None = None,
        purpose: str = "exploration",
        case: str | None = None,
        *,
        policy: Policy | None = None,
        shelf: Shelf | None = None,
    ) -> Desk:
        """Open a workspace for a person (the user of the machine by default), a purpose and, where that needs one, a case.

        Raises InputError for an unknown purpose, NotFoundError for an unknown case, RefusedError when the purpose is not theirs to use.
        """
        from bakau_graph.archive import Archive

        wanted, who = get_purpose(purpose), get_person(person)
        archive = Archive.open(Path(workspace))
        return cls(archive, person=who, purpose=wanted, case=case, policy=policy or LocalPolicy(), shelf=shelf)

    def close(self) -> None:
        """Let go of files and connections; every pass it gave out ends."""
        self._passes = PassBook()
        if self._owns_shelf:
            self._shelf.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def is_training_only(self) -> bool:
        """True when every source of the workspace is synthetic or public data: the screen says so."""
        return all(source.training for source in self._archive.sources())

    @property
    def case_id(self) -> str | None:
        """The case it was opened for."""
        return self._case_id

    def standing(self) -> str:
        """What answers stand on now: it changes with the facts, marks and runs of the workspace, with the case, with what people did, and with the day.

        Whoever keeps an answer to show it again asks this first and drops the answer when the text is another one.
        """
        case = self._cases.load_case(self._case_id) if self._case_id else None
        if self._archive.version() != self._stands_on[0]:
            snapshot = self._archive.snapshot()
            self._stands_on = (snapshot.version, snapshot.label)
        return (
            f"{self._stands_on[1]} {case.row_version if case else 0} {self._database.count_acts()} {datetime.now(UTC).date().isoformat()}"
        )

    def warm_up(self) -> None:
        """Read what most questions need, so that the first is answered as fast as the next. Shows nothing, so records nothing."""
        with self._shelf.lock:
            reading = self._newest()
            reading.use_latest_run("finding", "finding_subject", "finding_context", "finding_reason", "score", "evidence")
            if reading.snapshot.latest_run() is not None:
                findings.list_findings(reading, top=None, kind=None)
                state.list_runs(reading)
                networks.keep_descriptions(reading)
            reading.protected_ids  # noqa: B018 - makes it
            reading.network.status()
            referrals.find_referrals(reading)

    def rules(self) -> View:
        """The red-flag rules as shipped: id, title, what else could look like it."""
        return self._answer(Action.RULES, state.RULES, lambda _, __: state.list_rules())

    def give_pass(self, object_id: str) -> str:
        """A token with which this person may fetch this object by its address, once or often, for five minutes."""
        return self._passes.give(self.person.name, object_id)

    def honours(self, token: str, object_id: str) -> bool:
        """Whether this Desk gave out the token, for this object, less than five minutes ago."""
        return self._passes.honours(token, person=self.person.name, object_id=object_id)

    # --- accounts ---------------------------------------------------------------------------------------------------------

    def find(self, text: str, *, limit: int = 20) -> View:
        """Accounts by id, exact number or (when the purpose shows names) holder's name."""
        return self._answer(
            Action.FIND, entities.FIND, lambda reading, clear: entities.find_accounts(reading, clear, text, limit=limit), text
        )

    def account(self, account_id: str) -> View:
        """What is known of one account, by id or unique prefix; null when it is protected."""
        return self._answer(
            Action.ACCOUNT, entities.ACCOUNT_VIEW, lambda reading, clear: entities.show_account(reading, clear, account_id), account_id
        )

    def neighbours(self, account_id: str, *, window: Window | None = None) -> View:
        """Who the account pays or is paid by within a window. RefusedError when it is protected."""
        return self._answer(
            Action.NEIGHBOURS, walks.NEIGHBOURS, lambda reading, _: walks.show_neighbours(reading, account_id, window or walks.Window()), account_id
        )  # fmt: skip

    def path(self, a: str, b: str, *, time_respecting: bool = False, max_hops: int = 4, limit: int = 5) -> View:
        """Paths of money from account `a` to account `b`. RefusedError when either is protected."""
        return self._answer(
            Action.PATH, walks.PATHS,
            lambda reading, _: walks.show_paths(reading, a, b, time_respecting=time_respecting, max_hops=max_hops, limit=limit), f"{a} {b}",
        )  # fmt: skip

    def network(self, chart: Chart) -> View:
        """A chart drawn up: its accounts, why each is there, and what flows among them. RefusedError when its start is protected."""
        return self._answer(Action.NETWORK, networks.NETWORK, self._drawn_up(chart), chart.question)

    def transfers(self, account_id: str, other_id: str | None = None, *, window: Window | None = None) -> View:
        """Transfers of an account, or between two, newest first, with batch, file and line. RefusedError when one is protected."""
        return self._answer(
            Action.TRANSFERS, transfers.TRANSFERS_OF,
            lambda reading, clear: transfers.show_transfers(reading, clear, account_id, other_id, window or walks.Window()), f"{account_id} {other_id or ''}",
        )  # fmt: skip

    # --- batches ----------------------------------------------------------------------------------------------------------

    def sources(self) -> View:
        """Every source with its authority, legal basis, purposes and end."""
        return self._answer(Action.SOURCES, state.SOURCES, lambda reading, _: state.list_sources(reading))

    def runs(self) -> View:
        """Every analysis, newest first."""
        return self._answer(Action.RUNS, state.RUNS, lambda reading, _: state.list_runs(reading))

    def network_status(self) -> View:
        """What the network holds and which snapshot it stands on."""
        return self._answer(Action.NETWORK_STATUS, state.STATUS, lambda reading, _: state.show_status(reading))

    def batches(self) -> View:
        """Every batch, the withdrawn ones included."""
        return self._answer(Action.BATCHES, batches.BATCHES, lambda reading, _: batches.list_batches(reading, self._archive.batches()))

    def rejects(self, batch_id: str, *, limit: int | None = None) -> View:
        """The rejected records of a batch."""
        return self._answer(
            Action.REJECTS, batches.REJECTS, lambda reading, _: batches.list_rejects(reading, batch_id, limit=limit), batch_id
        )

    def export(self, what: str) -> View:
        """A whole table: scores, findings, communities, features or transfers."""
        action, declaration, build = _EXPORTS[what]
        return self._answer(action, declaration, build)

    @property
    def intake(self) -> Intake:
        """Files on their way in: looked at, checked and loaded, each recorded."""
        from bakau_casework.intake import Intake

        return Intake(self._archive, begin=self._begin, answer=self._answer, fail=self._fail)

    # --- cases and audit --------------------------------------------------------------------------------------------------

    def open_case(self, *, title: str, authority: str, legal_basis: str, purposes: Sequence[str] = ("investigation",)) -> View:
        """Open a case; the person becomes its first member."""
        wanted = [get_purpose(purpose) for purpose in purposes]
        self._require(Action.CASE_OPEN, self._newest())
        case = self._cases.open_case(title=title, authority=authority, legal_basis=legal_basis, purposes=wanted, by=self.person.name)
        return self._answer(Action.CASE_OPEN, casefile.CASE, lambda _, __: casefile.show_case(case))

    def cases(self) -> View:
        """Every case."""
        return self._answer(Action.CASE_LIST, casefile.CASES, lambda _, __: casefile.list_cases(self._cases.list_cases()))

    def case(self, case_id: str) -> View:
        """One case."""
        return self._answer(Action.CASE_SHOW, casefile.CASE, lambda _, __: casefile.show_case(self._cases.load_case(case_id)))

    def add_member(self, case_id: str, person: str) -> View:
        """Let another person into a case of which one is a member."""
        case = self._own_case(Action.CASE_MEMBER, case_id)
        changed = self._cases.add_member(case, person, by=self.person.name)
        return self._answer(Action.CASE_MEMBER, casefile.CASE, lambda _, __: casefile.show_case(changed))

    def change_case_status(self, case_id: str, status: CaseStatus) -> View:
        """Close or reopen a case of which one is a member."""
        changed = self._cases.change_status(self._own_case(Action.CASE_STATUS, case_id), status)
        return self._answer(Action.CASE_STATUS, casefile.CASE, lambda _, __: casefile.show_case(changed))

    def audit(self, *, last: int | None = 50) -> View:
        """Entries of the audit log, oldest first."""
        return self._answer(Action.AUDIT, casefile.AUDIT, lambda reading, _: casefile.list_audit(reading, self._audit.read(last=last)))

    def audit_head(self) -> Head:
        """Size and root of the audit log, to be kept elsewhere."""
        return self._audit.head()

    def verify_audit(self, *, head: Head | None = None) -> list[str]:
        """What is wrong with the audit log; empty when it is sound (and continues `head`)."""
        return self._audit.verify(head=head)

    # --- the one way ------------------------------------------------------------------------------------------------------

    def _answer(
        self,
        action: Action,
        declaration: Declaration,
        build: Callable[[Reading, Clear], Draft],
        query: str | None = None,
        terms: Terms | None = None,
    ) -> View:
        """Ask the policy, build, redact, record, hand out. Of `query`, what the person typed, only a keyed hash is recorded."""
        with self._shelf.lock:
            return self._answer_alone(action, declaration, build, query, terms or self._terms)

    def _answer_alone(
        self, action: Action, declaration: Declaration, build: Callable[[Reading, Clear], Draft], query: str | None, terms: Terms
    ) -> View:
        reading = self._newest()
        self._require(action, reading, query)
        try:
            draft = build(reading, Clear(reading.snapshot, self.purpose, terms))
            hidden = _protected_ids(declaration, reading)
            shown, masked = redact(declaration, draft, purpose=self.purpose, terms=terms, protected_ids=hidden)
        except AuditError:
            raise
        except BakauError as error:
            self._fail(action, error, query)
            raise
        counts = {"rows": len(shown.rows), "unmasked": count_clear(declaration, shown)}
        entry = self._record(action, reading, objects=(*draft.asked, *objects_of(declaration, shown)), counts=counts, query=query)
        return View(declaration, reading.label, str(self.purpose), self._case_id, shown.rows, shown.facts, masked, entry)

    def _newest(self) -> Reading:
        return self._shelf.newest(self._archive)

    def _begin(self, action: Action, source_id: str | None) -> None:
        """Ask the policy; what is about to change a source is recorded before it does."""
        reading = self._newest()
        self._require(action, reading, into=source_id)
        if source_id is not None:
            self._record(action, reading, outcome="begun", objects=(source_id,))

    def _fail(self, action: Action, error: BakauError, query: str | None = None) -> None:
        self._record(action, self._newest(), outcome="refused" if isinstance(error, RefusedError) else "failed", query=query)

    def _require(self, action: Action, reading: Reading, query: str | None = None, *, into: str | None = None) -> None:
        case = self._cases.load_case(self._case_id) if self._case_id else None
        request = Request(
            person=self.person,
            purpose=self.purpose,
            action=action,
            today=datetime.now(UTC).date(),
            case=case,
            sources=reading.snapshot.sources(),
            in_use=frozenset(batch.source_id for batch in reading.snapshot.batches()),
            into=into,
        )
        objections = self._policy.objections(request)
        if objections:
            self._record(action, reading, outcome="refused", query=query)
            raise RefusedError("; ".join(objections), hint="see `bakau case --help` and SECURITY.md on purposes and cases")

    def _own_case(self, action: Action, case_id: str) -> Case:
        reading = self._newest()
        self._require(action, reading)
        case = self._cases.load_case(case_id)
        if self.person.name not in case.members:
            self._record(action, reading, outcome="refused")
            raise RefusedError(f"{self.person.name} is no member of case {case.case_id}")
        return case

    def _record(
        self, action: Action, reading: Reading, *, outcome: str = "shown", objects: Sequence[str] = (), counts: dict[str, int] | None = None,
        query: str | None = None,
    ) -> int:  # fmt: skip
        entry = Entry(
            person=self.person, purpose=str(self.purpose), action=action.value, outcome=outcome, case=self._case_id, snapshot=reading.label,
            objects=objects, counts=counts or {}, query=hash_query(reading.surrogate_key.secret, query) if query else None,
        )  # fmt: skip
        return self._audit.append(entry)


def _protected_ids(declaration: Declaration, reading: Reading) -> pa.Array:
    """What the view must not show; not even computed for a view without ids."""
    holds = any(column.holds_ids for column in (*declaration.columns, *declaration.facts))
    return reading.protected_ids if holds else pa.array([], pa.string())
