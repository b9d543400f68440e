"""Cases: title, authority, legal basis, purposes, members. A row people edit carries a version, so that no edit is lost."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bakau.errors import ConflictError, InputError, NotFoundError
from bakau.times import now_us
from bakau_casework.database import CASE, CASE_MEMBER
from bakau_casework.people import check_person_name
from bakau_casework.purpose import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_casework.database import Database


class CaseStatus(StrEnum):
    """How far a case is."""

    OPEN = "open"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """True while work on the case goes on."""
        return self is CaseStatus.OPEN

    def may_become(self, other: CaseStatus) -> bool:
        """Whether a case in this state may go to the other."""
        return other in _MOVES[self]


_MOVES = {CaseStatus.OPEN: frozenset({CaseStatus.CLOSED}), CaseStatus.CLOSED: frozenset({CaseStatus.OPEN})}


@dataclass(frozen=True, slots=True)
class Case:
    """One case as read; `row_version` goes back with every change."""

    case_id: str
    title: str
    authority: str
    legal_basis: str
    purposes: tuple[Purpose, ...]
    status: CaseStatus
    opened_us: int
    opened_by: str
    members: tuple[str, ...]
    row_version: int


class CaseRegister:
    """Reads and changes the cases of a casework database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_case(self, *, title: str, authority: str, legal_basis: str, purposes: Sequence[Purpose], by: str) -> Case:
        """Open a case with its opener as first member; InputError when title, authority or legal basis is empty."""
        for name, text in (("title", title), ("authority", authority), ("legal basis", legal_basis)):
            if not text.strip():
                raise InputError(f"a case needs a {name}")
        case_id = "case_" + base64.b32encode(secrets.token_bytes(5)).decode().lower()
        words = " ".join(dict.fromkeys(str(purpose) for purpose in purposes))
        row = {"title": title, "authority": authority, "legal_basis": legal_basis, "purposes": words, "status": str(CaseStatus.OPEN)}
        with self._database.write() as connection:
            connection.execute(sa.insert(CASE).values(case_id=case_id, opened_us=now_us(), opened_by=by, row_version=1, **row))
            connection.execute(sa.insert(CASE_MEMBER).values(case_id=case_id, person=by, added_us=now_us(), added_by=by))
        return self.load_case(case_id)

    def list_cases(self) -> list[Case]:
        """Every case, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(CASE).order_by(CASE.c.opened_us, CASE.c.case_id)).all()
            pairs = connection.execute(sa.select(CASE_MEMBER.c.case_id, CASE_MEMBER.c.person).order_by(CASE_MEMBER.c.person)).all()
        members: dict[str, list[str]] = {}
        for case_id, person in pairs:
            members.setdefault(case_id, []).append(person)
        return [_to_case(row, tuple(members.get(row.case_id, ()))) for row in rows]

    def load_case(self, text: str) -> Case:
        """The case of that id or unique id prefix; NotFoundError otherwise."""
        cases = self.list_cases()
        found = [case for case in cases if case.case_id == text] or [case for case in cases if text and case.case_id.startswith(text)]
        if len(found) != 1:
            raise NotFoundError("no such case" if not found else f"{len(found)} cases begin so", hint="bakau case list")
        return found[0]

    def add_member(self, case: Case, person: str, *, by: str) -> Case:
        """Let another person into the case; ConflictError when the case changed since it was read."""
        check_person_name(person)
        with self._database.write() as connection:
            _touch(connection, case, {})
            if person not in case.members:
                connection.execute(sa.insert(CASE_MEMBER).values(case_id=case.case_id, person=person, added_us=now_us(), added_by=by))
        return self.load_case(case.case_id)

    def change_status(self, case: Case, status: CaseStatus) -> Case:
        """Close or reopen the case; InputError for a move that is none, ConflictError when it changed since it was read."""
        if not case.status.may_become(status):
            raise InputError(f"a case that is {case.status} cannot become {status}")
        with self._database.write() as connection:
            _touch(connection, case, {"status": str(status)})
        return self.load_case(case.case_id)


def _touch(connection: sa.Connection, case: Case, values: dict[str, object]) -> None:
    same = sa.and_(CASE.c.case_id == case.case_id, CASE.c.row_version == case.row_version)
    done = connection.execute(sa.update(CASE).where(same).values(row_version=case.row_version + 1, **values))
    if done.rowcount != 1:
        raise ConflictError(f"case {case.case_id} was changed by somebody else", hint="read it again, then repeat")


def _to_case(row: sa.Row[tuple[object, ...]], members: tuple[str, ...]) -> Case:
    return Case(
        case_id=row.case_id,
        title=row.title,
        authority=row.authority,
        legal_basis=row.legal_basis,
        purposes=tuple(Purpose(word) for word in row.purposes.split()),
        status=CaseStatus(row.status),
        opened_us=row.opened_us,
        opened_by=row.opened_by,
        members=members,
        row_version=row.row_version,
    )
