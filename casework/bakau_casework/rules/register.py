"""Who proposed which rule, how far it came, who agreed and why; and the keys that may sign packs. One row a rule, and its history beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import ValidationError

from bakau.errors import ConflictError, InputError, NotFoundError, PackError, RefusedError
from bakau.times import now_us
from bakau.workspace import Workspace
from bakau_analytics.indicators.load import find_shipped
from bakau_analytics.indicators.pack import Rule
from bakau_analytics.indicators.states import Proposal, RuleState, WorkspaceRules
from bakau_casework.database import METADATA, Database

if TYPE_CHECKING:
    from pathlib import Path

    from bakau_analytics.indicators.pack import PackSet
    from bakau_casework.people import Person
    from bakau_casework.reading import Reading

RULE_PROPOSAL = sa.Table(
    "rule_proposal",
    METADATA,
    *(sa.Column(name, sa.Text) for name in ("rule_id", "state", "body", "proposed_by", "proposed_login")),
    sa.Column("row_version", sa.Integer),
)
RULE_STEP = sa.Table(
    "rule_step",
    METADATA,
    *(sa.Column(name, sa.Text) for name in ("rule_id", "rule_version", "state", "why", "person", "login")),
    sa.Column("alone", sa.Integer),
    sa.Column("stepped_us", sa.BigInteger),
)
TRUSTED_KEY = sa.Table(
    "trusted_key",
    METADATA,
    *(sa.Column(name, sa.Text) for name in ("key", "label", "person")),
    sa.Column("trusted_us", sa.BigInteger),
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as read; `row_version` goes back with every change."""

    rule: Rule
    state: RuleState
    proposed_by: str
    proposed_login: str
    row_version: int

    def is_other(self, person: Person) -> bool:
        """True when this is a second person: another name, and another login behind it."""
        return person.name != self.proposed_by and person.login != self.proposed_login


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a proposal: to which state, why, by whom, whether nobody else had a say, when."""

    rule_id: str
    rule_version: str
    state: str
    why: str
    person: str
    alone: bool
    stepped_us: int


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that may sign packs."""

    key: str
    label: str
    person: str
    trusted_us: int


class RuleRegister:
    """Reads and changes proposals and trusted keys. What is written in it was checked before (`texts`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def proposals(self) -> list[Proposed]:
        """Every proposal, by rule."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(RULE_PROPOSAL).order_by(RULE_PROPOSAL.c.rule_id)).all()
        return [
            Proposed(_read_rule(row.rule_id, row.body), RuleState(row.state), row.proposed_by, row.proposed_login, row.row_version)
            for row in rows
        ]

    def get(self, rule_id: str) -> Proposed:
        """The proposal of a rule; NotFoundError when there is none."""
        for one in self.proposals():
            if one.rule.id == rule_id:
                return one
        raise NotFoundError("no such rule was proposed", hint="bakau indicators proposals")

    def steps(self) -> list[Step]:
        """Every move, oldest first."""
        query = sa.select(RULE_STEP).order_by(RULE_STEP.c.stepped_us, sa.literal_column("rowid"))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Step(row.rule_id, row.rule_version, row.state, row.why, row.person, bool(row.alone), row.stepped_us) for row in rows]

    def propose(self, rule: Rule, why: str, person: Person) -> None:
        """Keep a rule as a draft, in place of what was proposed under its id. InputError while that is active."""
        body = json.dumps(rule.model_dump(mode="json", by_alias=True), sort_keys=True)
        with self._database.write() as connection:
            before = connection.execute(sa.select(RULE_PROPOSAL).where(RULE_PROPOSAL.c.rule_id == rule.id)).one_or_none()
            if before is not None and before.state == RuleState.ACTIVE:
                raise InputError(
                    f"{rule.id} is active: take it back before you propose another one", hint=f"bakau indicators retire {rule.id}"
                )
            values = {"state": str(RuleState.DRAFT), "body": body, "proposed_by": person.name, "proposed_login": person.login}
            if before is None:
                connection.execute(sa.insert(RULE_PROPOSAL).values(rule_id=rule.id, row_version=1, **values))
            else:
                connection.execute(
                    sa.update(RULE_PROPOSAL)
                    .where(RULE_PROPOSAL.c.rule_id == rule.id)
                    .values(row_version=RULE_PROPOSAL.c.row_version + 1, **values)
                )
            connection.execute(_step(rule, RuleState.DRAFT, why, person, alone=False))

    def move(self, proposed: Proposed, state: RuleState, why: str, person: Person, *, may_be_alone: bool) -> None:
        """Bring a proposal to another state. RefusedError when it would be active without a second person, ConflictError when it changed meanwhile."""
        rule, alone = proposed.rule, state is RuleState.ACTIVE and not proposed.is_other(person)
        if not proposed.state.may_become(state):
            raise InputError(
                f"{rule.id} is {proposed.state}: it cannot become {state}", hint="draft → shadow → active, and back; off → draft"
            )
        if alone and not may_be_alone:
            raise RefusedError(f"{rule.id} was proposed by you: a second person activates it", hint="ask a colleague")
        changed = (
            sa.update(RULE_PROPOSAL)
            .where(RULE_PROPOSAL.c.rule_id == rule.id, RULE_PROPOSAL.c.row_version == proposed.row_version)
            .values(state=str(state), row_version=RULE_PROPOSAL.c.row_version + 1)
        )
        with self._database.write() as connection:
            if connection.execute(changed).rowcount != 1:
                raise ConflictError(f"somebody changed {rule.id} since it was read", hint="look again and decide anew")
            connection.execute(_step(rule, state, why, person, alone=alone))

    def trusted(self) -> list[TrustedKey]:
        """Every trusted key, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(TRUSTED_KEY).order_by(TRUSTED_KEY.c.trusted_us, TRUSTED_KEY.c.key)).all()
        return [TrustedKey(row.key, row.label, row.person, row.trusted_us) for row in rows]

    def trust(self, key: str, label: str, person: Person) -> None:
        """Trust a key. InputError when it is trusted already."""
        if any(one.key == key for one in self.trusted()):
            raise InputError("this key is trusted already", hint="bakau indicators keys")
        with self._database.write() as connection:
            connection.execute(sa.insert(TRUSTED_KEY).values(key=key, label=label, person=person.name, trusted_us=now_us()))

    def distrust(self, key: str) -> None:
        """Trust a key no longer. NotFoundError when it was not trusted."""
        with self._database.write() as connection:
            if connection.execute(sa.delete(TRUSTED_KEY).where(TRUSTED_KEY.c.key == key)).rowcount != 1:
                raise NotFoundError("this key is not trusted", hint="bakau indicators keys")


def load_rules(workspace: Path) -> WorkspaceRules:
    """What the workspace in this directory says about rules: what an analysis asks for (entry point ``bakau.workspace_rules``). Changes nothing."""
    path = Workspace.open(workspace, allow_older=True).casework if (workspace / "bakau.toml").is_file() else None
    if path is None or not path.is_file():
        return WorkspaceRules()
    database = Database(path, read_only=True)
    try:
        if not database.has(RULE_PROPOSAL):  # made before rules could be proposed
            return WorkspaceRules()
        register = RuleRegister(database)
        proposals = tuple(Proposal(one.rule, one.state) for one in register.proposals())
        return WorkspaceRules(proposals, frozenset(one.key for one in register.trusted()))
    finally:
        database.close()


def find_packs(reading: Reading, digest: str) -> PackSet | None:
    """The rules a run stood on, by their digest: shipped ones, with or without what the workspace activated; None when they were others."""
    return find_shipped(digest, load_rules(reading.workspace_path).proposals)


def _read_rule(rule_id: str, body: str) -> Rule:
    try:
        return Rule.model_validate_json(body)
    except ValidationError as error:
        raise PackError(f"the proposed rule {rule_id} does not fit this Bakau", hint="update Bakau, or propose it again") from error


def _step(rule: Rule, state: RuleState, why: str, person: Person, *, alone: bool) -> sa.Insert:
    return sa.insert(RULE_STEP).values(
        rule_id=rule.id, rule_version=rule.version, state=str(state), why=why, person=person.name, login=person.login, alone=int(alone),
        stepped_us=now_us(),
    )  # fmt: skip
