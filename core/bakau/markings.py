"""How sensitive a value is, and therefore where it may lie and who may see it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Marking(StrEnum):
    """Sensitivity of a column. Joins and aggregates take the highest marking of what they touch."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    PERSONAL = "personal"
    FREE_TEXT = "free_text"

    @property
    def rank(self) -> int:
        """Order of sensitivity, 0 for public."""
        return list(Marking).index(self)

    @property
    def in_vault(self) -> bool:
        """True for values that may be stored in the encrypted vault only."""
        return self in (Marking.PERSONAL, Marking.FREE_TEXT)


def highest(markings: Iterable[Marking]) -> Marking:
    """The marking of something derived from values with these markings (public when there are none)."""
    return max(markings, key=lambda marking: marking.rank, default=Marking.PUBLIC)
