"""Names made comparable: any script, any order, one key; and no key without the secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.names import MOST_WORDS, latin_words, name_keys, name_secret

SECRET = name_secret(bytes(range(32)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("O’Brien, Seán", ("obrien", "sean")), ("Владимир Орлов", ("vladimir", "orlov")), ("王小明", ("wang", "xiao", "ming")), ("김철수", ("gim", "cheol", "su")),
        ("محمد حسن", ("mhmd", "hsn")), ("สมชาย", ("smchay",)), ("សុខា", ("sokha",)), ("Müller-Straße", ("muller", "strasse")), ("ＷＩＤＥ", ("wide",)), ("—!?", ()),
    ],
)  # fmt: skip
def test_a_name_becomes_small_latin_words(name, words):
    assert latin_words(name) == words


@pytest.mark.parametrize(
    ("one", "other", "part"),
    [
        ("Orlov, Vladimir", "Владимир ОРЛОВ", "whole"), ("Maria  dela Cruz", "CRUZ Dela Maria", "whole"), ("王小明", "Wang Xiaoming", "joined"), ("Xiaoming Wang", "王小明", "joined"),
        ("محمد حسن", "Mohammed Hassan", "sound"), ("Mohamad Hasan", "Muhammed Hassan", "sound"), ("สมชาย ใจดี", "Chaidee Somchai", "sound"),
    ],
)  # fmt: skip
def test_two_spellings_of_one_name_share_a_key(one, other, part):
    first, second = name_keys(SECRET, one, any_order=True), name_keys(SECRET, other, any_order=True)
    if part == "joined":
        assert set(first.joined) & set(second.joined)
    else:
        assert getattr(first, part) == getattr(second, part) is not None


@pytest.mark.parametrize(("one", "other"), [("Maria Cruz", "Mario Cruz Santos"), ("Anna Li", "Hanna Lo"), ("Jan Bak", "Jon Bok")])
def test_names_that_only_look_alike_share_no_whole_and_short_ones_no_sound(one, other):
    first, second = name_keys(SECRET, one, any_order=True), name_keys(SECRET, other, any_order=True)
    assert first.whole != second.whole
    assert not set(first.joined) & set(second.joined)
    assert first.sound is None or first.sound != second.sound


@given(
    st.lists(st.text(alphabet="abcdefghijklmnop", min_size=1, max_size=8), min_size=1, max_size=MOST_WORDS),
    st.randoms(use_true_random=False),
)
def test_the_order_of_words_changes_nothing_but_how_they_are_joined(words, chance):
    other = chance.sample(words, len(words))
    one, two = name_keys(SECRET, " ".join(words)), name_keys(SECRET, ", ".join(other).upper())
    assert (one.words, one.whole, one.sound) == (two.words, two.whole, two.sound)


def test_without_the_secret_a_name_has_other_keys_and_the_vault_key_is_not_the_secret():
    assert bytes(range(32)) != SECRET
    assert not set(name_keys(SECRET, "Maria Cruz").all()) & set(name_keys(name_secret(bytes(32)), "Maria Cruz").all())


def test_keys_are_for_ever():
    assert name_keys(SECRET, "Maria Cruz").whole == 680203582522744266
    assert name_keys(SECRET, "?") is None
