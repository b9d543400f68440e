"""Why a person looks: a closed list, with what each purpose unmasks and what it demands first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bakau.errors import InputError


class Purpose(StrEnum):
    """Why somebody reads. A source lists the purposes it allows by these words."""

    EXPLORATION = "exploration"
    TRAINING = "training"
    INVESTIGATION = "investigation"
    SAFEGUARDING = "safeguarding"


class Reveals(StrEnum):
    """What a clear value would tell; every personal or free-text column of a view says which."""

    NUMBER = "account numbers and references"
    NAME = "names, birth dates and identifiers"
    TEXT = "payment texts"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a purpose unmasks and what must hold before anybody may use it."""

    unmasks: frozenset[Reveals]
    needs_case: bool
    training_only: bool


#: The whole table. A purpose that is not here does not exist; a protected account stays unnamed under every one of them.
TERMS: dict[Purpose, Terms] = {
    Purpose.EXPLORATION: Terms(unmasks=frozenset(), needs_case=False, training_only=False),
    Purpose.TRAINING: Terms(unmasks=frozenset(Reveals), needs_case=False, training_only=True),
    Purpose.INVESTIGATION: Terms(unmasks=frozenset({Reveals.NUMBER, Reveals.NAME}), needs_case=True, training_only=False),
    Purpose.SAFEGUARDING: Terms(unmasks=frozenset(), needs_case=False, training_only=False),
}

#: For one referral at a time, counted and with a reason: the number of the account, so that its institution can be told.
REVEALED = Terms(unmasks=frozenset({Reveals.NUMBER}), needs_case=False, training_only=False)


def get_purpose(text: str) -> Purpose:
    """The purpose of that name; InputError listing all of them when there is none."""
    try:
        return Purpose(text)
    except ValueError:
        raise InputError("unknown purpose", hint="one of: " + ", ".join(Purpose)) from None
