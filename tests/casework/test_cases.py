"""Cases: whoever opens one is in it, and no edit is lost."""

from __future__ import annotations

import pytest

from bakau.errors import ConflictError, InputError, NotFoundError, RefusedError
from bakau_casework.cases import CaseRegister, CaseStatus
from bakau_casework.database import Database
from bakau_casework.purpose import Purpose


@pytest.fixture
def register(tmp_path):
    database = Database(tmp_path / "casework.sqlite")
    yield CaseRegister(database)
    database.close()


def opened(register, **changes):
    values = {"title": "T", "authority": "FIU", "legal_basis": "Order", "purposes": [Purpose.INVESTIGATION], "by": "analyst"}
    return register.open_case(**(values | changes))


def test_the_opener_is_the_first_member(register):
    case = opened(register)
    assert case.members == ("analyst",)
    assert (case.opened_by, case.status, case.purposes, case.row_version) == ("analyst", CaseStatus.OPEN, (Purpose.INVESTIGATION,), 1)


@pytest.mark.parametrize("empty", ["title", "authority", "legal_basis"])
def test_a_case_without_title_authority_or_basis_is_refused(register, empty):
    with pytest.raises(InputError):
        opened(register, **{empty: "  "})
    assert register.list_cases() == []


def test_of_two_edits_of_the_same_reading_the_second_is_refused_and_changes_nothing(register):
    read = opened(register)
    register.add_member(read, "colleague", by="analyst")
    for edit in (lambda: register.add_member(read, "stranger", by="analyst"), lambda: register.change_status(read, CaseStatus.CLOSED)):
        with pytest.raises(ConflictError, match="changed by somebody else"):
            edit()
    now = register.load_case(read.case_id)
    assert (now.members, now.status, now.row_version) == (("analyst", "colleague"), CaseStatus.OPEN, 2)
    assert register.change_status(now, CaseStatus.CLOSED).row_version == 3


def test_a_case_moves_only_between_open_and_closed(register):
    case = opened(register)
    with pytest.raises(InputError, match="open cannot become open"):
        register.change_status(case, CaseStatus.OPEN)
    assert register.change_status(case, CaseStatus.CLOSED).status is CaseStatus.CLOSED


def test_adding_a_member_twice_adds_one(register):
    case = register.add_member(opened(register), "colleague", by="analyst")
    assert register.add_member(case, "colleague", by="analyst").members == ("analyst", "colleague")


def test_a_case_is_found_by_a_unique_beginning_only(register):
    first, _ = opened(register), opened(register)
    assert register.load_case(first.case_id).case_id == first.case_id
    assert register.load_case(first.case_id[:-1]).case_id == first.case_id
    for text in ("case_", "", "case_zzzzzzzzz"):
        with pytest.raises(NotFoundError):
            register.load_case(text)


def test_only_members_let_others_in_or_close_a_case(own_village):
    with own_village.desk() as desk:
        case = desk.open_case(title="T", authority="FIU", legal_basis="Order").to_document()["file"]["case_id"]
    with own_village.desk(person="stranger") as desk:
        for ask in (lambda: desk.add_member(case, "stranger"), lambda: desk.change_case_status(case, CaseStatus.CLOSED)):
            with pytest.raises(RefusedError, match="stranger is no member"):
                ask()
        assert desk.case(case).to_document()["file"]["version"] == 1
        refused = [row for row in desk.audit().to_document()["entries"] if row["outcome"] == "refused" and row["person"] == "stranger"]
        assert [row["action"] for row in refused] == ["case.member", "case.status"]
