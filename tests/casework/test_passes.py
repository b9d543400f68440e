from __future__ import annotations

import base64

import pytest

from bakau_casework.passes import LIFE_S, MOST_PASSES, PassBook


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock) -> PassBook:
    return PassBook(clock=clock)


def test_a_pass_is_good_for_its_person_and_object_and_no_other(book):
    token = book.give("analyst", "f-one")
    assert book.honours(token, person="analyst", object_id="f-one")
    assert not book.honours(token, person="somebody", object_id="f-one")
    assert not book.honours(token, person="analyst", object_id="f-two")
    assert not book.honours(token + "x", person="analyst", object_id="f-one")
    assert not book.honours("", person="analyst", object_id="f-one")


def test_a_pass_ends_after_five_minutes(book, clock):
    token = book.give("analyst", "f-one")
    clock.now += LIFE_S - 1
    assert book.honours(token, person="analyst", object_id="f-one")
    clock.now += 1
    assert not book.honours(token, person="analyst", object_id="f-one")
    assert LIFE_S == 300


def test_a_pass_has_256_bits_and_no_two_are_alike(book):
    tokens = {book.give("analyst", "f-one") for _ in range(MOST_PASSES)}
    assert len(tokens) == MOST_PASSES
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}


def test_the_book_does_not_keep_the_pass_itself(book):
    token = book.give("analyst", "f-one")
    assert token not in repr(book._given)


def test_only_so_many_are_remembered_and_the_oldest_go_first(book):
    first = book.give("analyst", "f-one")
    last = [book.give("analyst", "f-one") for _ in range(MOST_PASSES)][-1]
    assert not book.honours(first, person="analyst", object_id="f-one")
    assert book.honours(last, person="analyst", object_id="f-one")


def test_any_text_may_be_offered(book):
    assert not book.honours("\udcff \x00 ü", person="analyst", object_id="f-one")
