"""The closed lists of what somebody did about a referral, what was established, and of why a number is looked up: no other word gets in, so no name does."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What somebody did about a referral; a closed list."""

    TOLD_POLICE = "told_police"
    TOLD_HOTLINE = "told_hotline"
    TOLD_CHILD_PROTECTION = "told_child_protection"
    TOLD_INSTITUTION = "told_institution"
    TOLD_FIU = "told_fiu"
    TAKEN_ON = "taken_on"
    NO_DANGER = "no_danger"


class Settled(StrEnum):
    """What a person established about the holder of an account in review; kept beside the acts."""

    ADULT = "settled_adult"
    PROTECTED = "settled_protected"


class Why(StrEnum):
    """Why somebody needs the account number behind a referral; a closed list."""

    TELL_POLICE = "tell_police"
    TELL_HOTLINE = "tell_hotline"
    TELL_CHILD_PROTECTION = "tell_child_protection"
    TELL_INSTITUTION = "tell_institution"
    TELL_FIU = "tell_fiu"
