"""Who may do what: a closed list of purposes, default deny, every missing right named."""

from __future__ import annotations

from datetime import date

import pytest

from bakau.errors import InputError
from bakau_casework.cases import Case, CaseStatus
from bakau_casework.people import Person
from bakau_casework.policy import Action, DenyAll, LocalPolicy, Request
from bakau_casework.purpose import TERMS, Purpose, Reveals, get_purpose
from bakau_graph.archive import Source

TODAY = date(2026, 6, 1)
ANALYST = Person("analyst", "analyst")
TRAINING = Source("training", "Training", "public", "none", "none", ("*",), None, training=True)
BANK = Source("bank", "Bank", "institution", "FIU", "Order", ("exploration", "investigation"), date(2026, 12, 31), training=False)
SHOWING = [action for action in Action if action.shows_source_data and not action.is_of_referrals]
REFERRING = [action for action in Action if action.is_of_referrals]


def a_case(**changes) -> Case:
    values = {
        "case_id": "case_a", "title": "T", "authority": "FIU", "legal_basis": "Order", "purposes": (Purpose.INVESTIGATION,), "status": CaseStatus.OPEN,
        "opened_us": 0, "opened_by": "analyst", "members": ("analyst",), "row_version": 1,
    }  # fmt: skip
    return Case(**(values | changes))


def objections(
    purpose=Purpose.EXPLORATION, action=Action.ACCOUNT, *, case=None, sources=(BANK,), in_use=("bank",), person=ANALYST, today=TODAY
):
    return LocalPolicy().objections(Request(person, purpose, action, today, case, sources, frozenset(in_use)))


def test_the_list_of_purposes_is_closed_and_each_has_its_terms():
    assert set(TERMS) == set(Purpose)
    with pytest.raises(InputError, match="unknown purpose") as refused:
        get_purpose("curiosity")
    assert all(purpose in refused.value.hint for purpose in Purpose)


def test_exploration_unmasks_nothing_and_nobody_but_training_unmasks_texts():
    assert TERMS[Purpose.EXPLORATION].unmasks == frozenset()
    assert [purpose for purpose, terms in TERMS.items() if Reveals.TEXT in terms.unmasks] == [Purpose.TRAINING]
    assert all(terms.needs_case or terms.training_only for terms in TERMS.values() if terms.unmasks)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("purpose", Purpose)
def test_without_a_policy_nothing_is_allowed(purpose, action):
    (reason,) = DenyAll().objections(Request(ANALYST, purpose, action, TODAY))
    assert action.value in reason


def test_a_purpose_that_has_no_terms_is_denied(monkeypatch):
    monkeypatch.delitem(TERMS, Purpose.EXPLORATION)
    assert objections() == ["unknown purpose"]


@pytest.mark.parametrize("action", SHOWING)
def test_training_is_for_workspaces_with_training_sources_only(action):
    words = "purpose training is for workspaces whose every source is a training source"
    assert objections(Purpose.TRAINING, action, sources=(TRAINING,), in_use=("training",)) == []
    assert words in objections(Purpose.TRAINING, action, sources=(TRAINING, BANK), in_use=("training",))
    assert words in objections(Purpose.TRAINING, action, sources=(), in_use=())


@pytest.mark.parametrize("action", SHOWING)
def test_investigation_needs_a_case(action):
    assert objections(Purpose.INVESTIGATION, action) == ["purpose investigation needs a case (--case)"]
    assert objections(Purpose.INVESTIGATION, action, case=a_case()) == []


@pytest.mark.parametrize("action", REFERRING)
def test_referrals_are_for_safeguarding_whose_role_is_a_case_opened_for_it(action):
    for purpose in set(Purpose) - {Purpose.SAFEGUARDING}:
        assert "referrals are shown for the purpose safeguarding only" in objections(purpose, action, sources=(TRAINING,))
    assert objections(Purpose.SAFEGUARDING, action, sources=(TRAINING,), in_use=("training",)) == []
    assert "purpose safeguarding needs a case (--case)" in objections(Purpose.SAFEGUARDING, action)
    assert objections(Purpose.SAFEGUARDING, action, case=a_case(purposes=(Purpose.SAFEGUARDING,)), in_use=()) == []
    assert "case case_a was not opened for safeguarding" in objections(Purpose.SAFEGUARDING, action, case=a_case())


REFUSALS = {
    "case case_a is closed": {"case": a_case(status=CaseStatus.CLOSED)},
    "analyst is no member of case case_a": {"case": a_case(members=("somebody",))},
    "case case_a states no legal basis": {"case": a_case(legal_basis="  ")},
    "case case_a was not opened for investigation": {"case": a_case(purposes=(Purpose.EXPLORATION,))},
    "purpose investigation is for yourself only: this login is not analyst": {"case": a_case(), "person": Person("analyst", "operator")},
}


@pytest.mark.parametrize(("words", "request_"), REFUSALS.items(), ids=list(REFUSALS))
def test_each_missing_right_is_named(words, request_):
    assert objections(Purpose.INVESTIGATION, **request_) == [words]


def test_all_missing_rights_are_named_together():
    found = objections(Purpose.INVESTIGATION, case=a_case(status=CaseStatus.CLOSED, members=(), purposes=()), today=date(2027, 1, 1))
    assert len(found) == 4


@pytest.mark.parametrize("action", SHOWING)
def test_a_source_shows_nothing_beyond_its_purposes_or_its_end(action):
    exploring_only = Source("shop", "Shop", "institution", "FIU", "Order", ("investigation",), None, training=False)
    assert objections(action=action, sources=(BANK, exploring_only), in_use=("bank", "shop")) == ["source shop does not allow exploration"]
    assert objections(action=action, sources=(BANK, exploring_only), in_use=("bank",)) == [], "a source without batches limits nothing"
    assert objections(action=action, today=date(2026, 12, 31)) == [], "the last day counts"
    (late,) = objections(action=action, today=date(2027, 1, 1))
    assert late == "source bank might be kept until 2026-12-31: withdraw its batches"


def test_what_shows_no_source_data_stays_open_when_a_source_has_ended():
    allowed = [action for action in Action if not action.shows_source_data]
    assert {Action.BATCHES, Action.AUDIT, Action.CASE_LIST} <= set(allowed)
    assert all(objections(action=action, today=date(2030, 1, 1)) == [] for action in allowed)
