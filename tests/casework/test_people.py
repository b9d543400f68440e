from __future__ import annotations

import pytest

from bakau.errors import InputError
from bakau_casework.people import get_login, get_person


def test_the_person_is_the_user_of_the_machine_unless_named():
    assert get_person().is_login
    assert get_person().name == get_login()
    assert not get_person("somebody-else").is_login
    assert get_person("somebody-else").login == get_login()


def test_the_login_does_not_come_from_an_environment_variable(monkeypatch):
    before = get_login()
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert get_login() == before


def test_a_user_without_a_name_is_known_by_number(monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: 3_999_999_999)
    assert get_login() == "uid-3999999999"


@pytest.mark.parametrize("name", ["", "two words", "a\nb", "-x", "../x", "x" * 65, "ä", "x;y"])
def test_what_is_no_account_name_is_refused_and_not_repeated(name):
    with pytest.raises(InputError) as refused:
        get_person(name)
    assert str(refused.value) == "not an account name"
