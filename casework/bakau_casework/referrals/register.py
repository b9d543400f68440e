"""What people did about referrals: acts, and the account numbers they looked up. Words come from closed lists, so that no name gets in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bakau.errors import InputError, RefusedError
from bakau.times import now_us
from bakau_casework.database import METADATA
from bakau_casework.referrals.words import Settled

if TYPE_CHECKING:
    from datetime import date

    from bakau_casework.database import Database
    from bakau_casework.referrals.words import Act, Why

REFERRAL_ACT = sa.Table(
    "referral_act",
    METADATA,
    *(sa.Column(name, sa.Text) for name in ("referral_id", "act", "reference", "person")),
    sa.Column("acted_us", sa.BigInteger),
)
REFERRAL_REVEAL = sa.Table(
    "referral_reveal",
    METADATA,
    *(sa.Column(name, sa.Text) for name in ("referral_id", "reason", "person", "day")),
    sa.Column("after_break", sa.Integer),
    sa.Column("revealed_us", sa.BigInteger),
)

#: Numbers that one person may look up a day, and after how many a break is due. Defaults of ours.
MOST_A_DAY, BREAK_AFTER = 30, 10
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")

_SETTLED = frozenset(Settled)


@dataclass(frozen=True, slots=True)
class Acted:
    """One act: what, under which reference, by whom, when."""

    referral_id: str
    act: str
    reference: str
    person: str
    acted_us: int

    @property
    def is_settling(self) -> bool:
        """It says what was established, and not what was done."""
        return self.act in _SETTLED


class ReferralRegister:
    """Reads and appends what was done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acts(self) -> list[Acted]:
        """Everything that was done, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(REFERRAL_ACT).order_by(REFERRAL_ACT.c.acted_us, sa.literal_column("rowid"))).all()
        return [Acted(row.referral_id, row.act, row.reference, row.person, row.acted_us) for row in rows]

    def settled(self) -> list[Acted]:
        """What was established about accounts in review, newest first; `reference` is the basis."""
        return [one for one in reversed(self.acts()) if one.is_settling]

    def add(self, referral_id: str, act: Act | Settled, reference: str, person: str) -> None:
        """Record an act. InputError for a reference that is no plain case number."""
        if reference:
            check_reference(reference)
        values = {"referral_id": referral_id, "act": str(act), "reference": reference, "person": person, "acted_us": now_us()}
        with self._database.write() as connection:
            connection.execute(sa.insert(REFERRAL_ACT).values(**values))

    def revealed(self, person: str, today: date) -> int:
        """How many numbers this person looked up today."""
        return len(self._of_day(person, today))

    def reveal(self, referral_id: str, why: Why, person: str, *, today: date, after_break: bool) -> int:
        """Count one more; the count of the day. RefusedError when the day's number is used up, or a break is due and was not taken."""
        done = self._of_day(person, today)
        if len(done) >= MOST_A_DAY:
            raise RefusedError(f"{MOST_A_DAY} numbers were looked up today: go on tomorrow, or hand over to a colleague")
        since = next((place for place, is_break in enumerate(reversed(done)) if is_break), None)
        if (len(done) if since is None else since + 1) >= BREAK_AFTER and not after_break:
            raise RefusedError(
                f"{len(done)} numbers looked up today: take a break, away from the screen",
                hint="then go on with --after-break, or ask a colleague",
            )
        values = {"referral_id": referral_id, "reason": str(why), "person": person, "day": today.isoformat()}
        with self._database.write() as connection:
            connection.execute(sa.insert(REFERRAL_REVEAL).values(**values, after_break=int(after_break), revealed_us=now_us()))
        return len(done) + 1

    def _of_day(self, person: str, today: date) -> list[bool]:
        query = sa.select(REFERRAL_REVEAL.c.after_break).where(
            REFERRAL_REVEAL.c.person == person, REFERRAL_REVEAL.c.day == today.isoformat()
        )
        with self._database.read() as connection:
            return [bool(row.after_break) for row in connection.execute(query.order_by(sa.literal_column("rowid"))).all()]


def check_reference(reference: str, *, what: str = "a reference") -> None:
    """InputError for what is no plain case number or code."""
    if not _REFERENCE.fullmatch(reference):
        raise InputError(f"{what} is a case number: letters, digits and . / _ - ; at most 40", hint="no names, no words")
