"""Who is asking: a person by the name the workspace knows them under, and the login of the process that asks for them."""

from __future__ import annotations

import os
import pwd
import re
from dataclasses import dataclass

from bakau.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the Desk. `login` is the user of this machine behind the process; the audit log keeps both."""

    name: str
    login: str

    @property
    def is_login(self) -> bool:
        """True when the person speaks for themselves and not under another name."""
        return self.name == self.login


def get_login() -> str:
    """The user this process runs as, from the operating system and not from an environment variable."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def get_person(name: str | None = None) -> Person:
    """The person of that name, or the login when none is given. InputError when the name is no plain account name."""
    login = get_login()
    if name is not None:
        check_person_name(name)
    return Person(name or login, login)


def check_person_name(name: str) -> str:
    """The name as given; InputError unless it is a plain account name (letters, digits, and . _ @ -)."""
    if not _NAME.fullmatch(name):
        raise InputError("not an account name", hint="letters, digits, and . _ @ - ; at most 64")
    return name
