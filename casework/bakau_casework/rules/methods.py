"""Emerging methods: what somebody publishes or reports that is done now and no rule looks for yet. A note with a source, never about a person."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bakau.errors import InputError, NotFoundError
from bakau.model import Channel
from bakau.times import now_us
from bakau_casework.database import METADATA
from bakau_casework.rules.texts import check_text, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_casework.database import Database
    from bakau_casework.people import Person

METHOD = sa.Table(
    "method",
    METADATA,
    *(
        sa.Column(name, sa.Text)
        for name in ("method_id", "first_seen", "says", "source", "address", "channels", "tokens", "rule_id", "person")
    ),
    sa.Column("added_us", sa.BigInteger),
)
#: What addresses of publications begin with.
_WEB = "https://"


@dataclass(frozen=True, slots=True)
class Method:
    """One emerging method: first seen when, what is said, by whom published, over which rails, and the rule proposed against it, if any."""

    method_id: str
    first_seen: str
    says: str
    source: str
    address: str
    channels: tuple[str, ...]
    tokens: tuple[str, ...]
    rule_id: str | None
    person: str
    added_us: int


class MethodRegister:
    """Reads and appends methods."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def methods(self) -> list[Method]:
        """Every method, the one first seen last on top."""
        query = sa.select(METHOD).order_by(METHOD.c.first_seen.desc(), METHOD.c.added_us.desc(), METHOD.c.method_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            Method(
                row.method_id, row.first_seen, row.says, row.source, row.address, tuple(row.channels.split()), tuple(row.tokens.split()),
                row.rule_id, row.person, row.added_us,
            )
            for row in rows
        ]  # fmt: skip

    def pick(self, method_id: str) -> Method:
        """A method by id or unique beginning; NotFoundError otherwise."""
        found = [one for one in self.methods() if one.method_id.startswith(method_id)]
        if len(found) != 1:
            raise NotFoundError(
                "no such method" if not found else "more than one method has an id that begins so", hint="bakau methods list"
            )
        return found[0]

    def add(
        self, says: str, *, first_seen: str, source: str, address: str, channels: Sequence[str], rule_id: str | None, person: Person
    ) -> str:
        """Keep a method; its id. InputError for a text that does not pass `check_text`, a day that is none or yet to come, an address that is none."""
        values = {
            "method_id": f"m-{secrets.token_hex(4)}",
            "first_seen": _day(first_seen),
            "says": check_text(says, "what is said"),
            "source": check_text(source, "the source"),
            "address": _address(address),
            "channels": " ".join(sorted({_rail(name) for name in channels})),
            "tokens": words_of(says),
            "rule_id": rule_id,
            "person": person.name,
        }
        with self._database.write() as connection:
            connection.execute(sa.insert(METHOD).values(**values, added_us=now_us()))
        return str(values["method_id"])


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError("--first-seen is a day, as 2026-03-31") from error
    if day > datetime.now(UTC).date():
        raise InputError("--first-seen is yet to come")
    return day.isoformat()


def _rail(name: str) -> str:
    try:
        return str(Channel(name))
    except ValueError as error:
        raise InputError("--channel is a rail of the model", hint=f"one of {', '.join(Channel)}") from error


def _address(text: str) -> str:
    if text and (not text.startswith(_WEB) or len(text) > 300 or any(letter.isspace() or letter in "@?#" for letter in text)):
        raise InputError(f"--address begins with {_WEB} and has no @, ? or # in it", hint="the page of the publication")
    return text
