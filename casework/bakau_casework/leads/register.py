"""What is kept of lead lists: hits by surrogate until the list expires, standing watches by keyed hash until their day, and how much was asked.

Nothing of a lead is kept in clear, and nothing at all of one that neither hit nor is watched. Whatever has ended is deleted for good:
SQLite overwrites it, and its log is cut.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bakau.errors import NotFoundError, RefusedError
from bakau_casework.database import METADATA
from bakau_casework.leads.seek import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bakau_casework.database import Database

LEAD_LIST = sa.Table(
    "lead_list",
    METADATA,
    *(
        sa.Column(name, sa.Text, primary_key=name == "list_id")
        for name in ("list_id", "giver", "terms", "expires_on", "watch_until", "case_id")
    ),
    sa.Column("purpose", sa.Text),
    sa.Column("person", sa.Text),
    sa.Column("made_us", sa.BigInteger),
)
LEAD_HIT = sa.Table(
    "lead_hit",
    METADATA,
    sa.Column("list_id", sa.Text),
    sa.Column("line", sa.Integer),
    sa.Column("kind", sa.Text),
    sa.Column("how", sa.Text),
    sa.Column("is_exact", sa.Integer),
    sa.Column("account_key", sa.BigInteger),
    sa.Column("party_key", sa.BigInteger),
)
LEAD_WATCH = sa.Table(
    "lead_watch",
    METADATA,
    sa.Column("list_id", sa.Text, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("key", sa.BigInteger, primary_key=True),
)
LEAD_BUDGET = sa.Table(
    "lead_budget",
    METADATA,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("what", "scope", "day")),
    sa.Column("used", sa.Integer),
)


@dataclass(frozen=True, slots=True)
class Match:
    """One lead that points at an account, at a party, or at an account through its holder. `how` says which, in words."""

    line: int
    kind: str
    how: str
    is_exact: bool
    account_key: int | None
    party_key: int | None


@dataclass(frozen=True, slots=True)
class SavedList:
    """A list as kept: giver, terms, last day, last day of its standing watch, and whose it is."""

    list_id: str
    giver: str
    terms: str
    expires_on: date
    watch_until: date | None
    case_id: str | None
    purpose: str
    person: str
    made_us: int


def new_list_id() -> str:
    """A fresh id of a list."""
    return "leads_" + base64.b32encode(secrets.token_bytes(5)).decode().lower()


class LeadRegister:
    """Reads and changes the kept lists of a casework database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, kept: SavedList, matches: Sequence[Match], watched: Sequence[Trace]) -> None:
        """Keep a list: what hit, and what is to be watched."""
        row = {name: getattr(kept, name) for name in ("list_id", "giver", "terms", "case_id", "purpose", "person")}
        until = kept.watch_until.isoformat() if kept.watch_until else None
        with self._database.write() as connection:
            values = {**row, "expires_on": kept.expires_on.isoformat(), "watch_until": until, "made_us": kept.made_us}
            connection.execute(sa.insert(LEAD_LIST).values(**values))
            _insert_hits(connection, kept.list_id, matches)
            if watched:
                rows = [{"list_id": kept.list_id, "line": t.line, "kind": t.kind, "place": t.place, "key": t.key} for t in watched]
                connection.execute(sa.insert(LEAD_WATCH), rows)

    def lists(self, person: str, cases: Iterable[str]) -> list[SavedList]:
        """The lists of a person and of these cases, oldest first."""
        mine = sa.or_(LEAD_LIST.c.person == person, LEAD_LIST.c.case_id.in_(list(cases)))
        with self._database.read() as connection:
            rows = connection.execute(sa.select(LEAD_LIST).where(mine).order_by(LEAD_LIST.c.made_us, LEAD_LIST.c.list_id)).all()
        return [_to_list(row) for row in rows]

    def load_list(self, text: str, person: str, cases: Iterable[str]) -> SavedList:
        """One of those lists by id or unique beginning; NotFoundError otherwise, and for a list of somebody else."""
        found = [one for one in self.lists(person, cases) if text and one.list_id.startswith(text)]
        if len(found) != 1:
            raise NotFoundError("no such lead list" if not found else f"{len(found)} lists begin so", hint="bakau leads list")
        return found[0]

    def matches(self, list_id: str) -> list[Match]:
        """What hit, in order of the file."""
        query = sa.select(LEAD_HIT).where(LEAD_HIT.c.list_id == list_id).order_by(LEAD_HIT.c.line, sa.literal_column("rowid"))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Match(row.line, row.kind, row.how, bool(row.is_exact), row.account_key, row.party_key) for row in rows]

    def count(self, list_id: str) -> tuple[int, int]:
        """How many leads of a list hit, and how many are watched."""
        with self._database.read() as connection:
            found = [
                connection.execute(sa.select(sa.func.count(sa.distinct(table.c.line))).where(table.c.list_id == list_id)).scalar_one()
                for table in (LEAD_HIT, LEAD_WATCH)
            ]
        return int(found[0]), int(found[1])

    def watches(self, list_id: str) -> list[Trace]:
        """What is watched for a list."""
        query = (
            sa.select(LEAD_WATCH).where(LEAD_WATCH.c.list_id == list_id).order_by(LEAD_WATCH.c.line, LEAD_WATCH.c.place, LEAD_WATCH.c.key)
        )
        with self._database.read() as connection:
            return [Trace(row.line, row.kind, row.place, row.key) for row in connection.execute(query).all()]

    def settle(self, list_id: str, matches: Sequence[Match], lines: Iterable[int]) -> None:
        """Watched leads that hit now: keep what they hit, watch them no more. `lines` names all that end, the protected ones too."""
        ended = sorted(set(lines))
        if ended:
            with self._database.write() as connection:
                connection.execute(sa.delete(LEAD_WATCH).where(LEAD_WATCH.c.list_id == list_id, LEAD_WATCH.c.line.in_(ended)))
                _insert_hits(connection, list_id, matches)
            self._database.cut_log()

    def forget(self, list_id: str) -> None:
        """Delete a list and all that was kept for it."""
        self._delete(LEAD_LIST.c.list_id == list_id, LEAD_WATCH.c.list_id == list_id)

    def sweep(self, today: date) -> None:
        """Delete lists after their last day, watches after theirs, and what was counted on earlier days."""
        day = today.isoformat()
        over = sa.select(LEAD_LIST.c.list_id).where(LEAD_LIST.c.watch_until < day)
        watch_over, budget_over = LEAD_WATCH.c.list_id.in_(over), LEAD_BUDGET.c.day < day
        with self._database.read() as connection:
            anything = any(
                connection.execute(sa.select(sa.literal(1)).select_from(table).where(over_now).limit(1)).first()
                for table, over_now in ((LEAD_LIST, LEAD_LIST.c.expires_on < day), (LEAD_WATCH, watch_over), (LEAD_BUDGET, budget_over))
            )
        if anything:
            self._delete(LEAD_LIST.c.expires_on < day, watch_over, budget_over)

    def _delete(
        self, lists: sa.ColumnElement[bool], watches: sa.ColumnElement[bool], budgets: sa.ColumnElement[bool] | None = None
    ) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(LEAD_WATCH).where(watches))
            connection.execute(sa.delete(LEAD_LIST).where(lists))  # its hits and watches go with it
            if budgets is not None:
                connection.execute(sa.delete(LEAD_BUDGET).where(budgets))
        self._database.cut_log()

    def spend(self, what: str, scope: str, count: int, *, most: int, today: date) -> None:
        """Count questions of a day; RefusedError, and nothing counted, when that would be more than `most`."""
        if not count:
            return
        same = sa.and_(LEAD_BUDGET.c.what == what, LEAD_BUDGET.c.scope == scope, LEAD_BUDGET.c.day == today.isoformat())
        with self._database.write() as connection:
            used = connection.execute(sa.select(LEAD_BUDGET.c.used).where(same)).scalar_one_or_none()
            if (used or 0) + count > most:
                raise RefusedError(f"more than {most:,} {what} a day: {used or 0:,} were looked up today", hint="go on tomorrow")
            if used is None:
                values = {"what": what, "scope": scope, "day": today.isoformat(), "used": count}
                connection.execute(sa.insert(LEAD_BUDGET).values(**values))
            else:
                connection.execute(sa.update(LEAD_BUDGET).where(same).values(used=used + count))


def _insert_hits(connection: sa.Connection, list_id: str, matches: Sequence[Match]) -> None:
    names = ("line", "kind", "how", "account_key", "party_key")
    rows = [{"list_id": list_id, "is_exact": int(m.is_exact), **{name: getattr(m, name) for name in names}} for m in matches]
    if rows:
        connection.execute(sa.insert(LEAD_HIT), rows)


def _to_list(row: sa.Row[tuple[object, ...]]) -> SavedList:
    until = date.fromisoformat(row.watch_until) if row.watch_until else None
    return SavedList(
        row.list_id, row.giver, row.terms, date.fromisoformat(row.expires_on), until, row.case_id, row.purpose, row.person, row.made_us
    )
