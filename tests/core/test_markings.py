from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakau.markings import Marking, highest

many = st.lists(st.sampled_from(Marking))


def test_sensitivity_rises_from_public_to_free_text():
    assert sorted(Marking, key=lambda marking: marking.rank) == [Marking.PUBLIC, Marking.RESTRICTED, Marking.PERSONAL, Marking.FREE_TEXT]


def test_personal_values_and_free_text_lie_in_the_vault_and_nothing_else_does():
    assert {marking for marking in Marking if marking.in_vault} == {Marking.PERSONAL, Marking.FREE_TEXT}


@given(many, many)
def test_what_is_derived_is_as_sensitive_as_its_most_sensitive_part(left, right):
    assert highest([*left, *right]) == highest([highest(left), highest(right)])
    assert all(highest(left).rank >= marking.rank for marking in left)


@given(st.lists(st.sampled_from(Marking), min_size=1))
def test_nothing_becomes_more_sensitive_than_its_parts(markings):
    assert highest(markings) in markings


def test_what_touches_nothing_is_public():
    assert highest([]) is Marking.PUBLIC
