"""The audit log: who looked at what, why, when. A row is committed before the data it speaks of leaves the Desk.

Each row's body is canonical JSON (sorted keys, no spaces, ASCII) and names the leaf hash before it; leaf hashes form the hash
tree of RFC 6962. A *head* is (size, root, time). A log cut short, or rewritten as a whole, looks sound from within: only a head
that was kept elsewhere shows it, so `bakau audit head` belongs in a mail, a case package, a safe.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bakau.errors import AuditError, CaseworkError, FileError
from bakau.times import now_us
from bakau_casework.database import AUDIT
from bakau_casework.merkle import hash_leaf, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bakau_casework.database import Database
    from bakau_casework.people import Person

#: Number of the body's shape.
AUDIT_FORMAT = 1
#: Object ids listed in one row; beyond that the count alone speaks.
MAX_OBJECTS = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded: surrogate ids and counts only, never a clear value. `query` is the keyed hash of a search text."""

    person: Person
    purpose: str
    action: str
    outcome: str = "shown"
    case: str | None = None
    snapshot: str | None = None
    objects: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the whole log in one line: entries, root hash (hexadecimal), when it was taken."""

    size: int
    root: str
    time_us: int

    def to_json(self) -> str:
        """One line of JSON, to be kept away from this machine."""
        return canonical({"format": AUDIT_FORMAT, "size": self.size, "root": self.root, "time_us": self.time_us})


def canonical(body: Mapping[str, object]) -> str:
    """JSON with one spelling only: sorted keys, no spaces, ASCII."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def hash_query(secret: bytes, text: str) -> str:
    """What stands in the log for a search text: a hash under the workspace's secret, so that equal searches can be recognised."""
    return hashlib.blake2b(text.encode(), digest_size=16, key=secret, person=b"bakau-audit-find").hexdigest()


class AuditLog:
    """Appends to and checks the audit table of a casework database."""

    def __init__(self, database: Database, *, clock: Callable[[], int] = now_us) -> None:
        self._database, self._clock = database, clock

    def append(self, entry: Entry) -> int:
        """Record an entry durably and return its sequence number; AuditError when that fails (then nothing may be shown)."""
        try:
            with self._database.write() as connection:
                last = connection.execute(
                    sa.select(AUDIT.c.sequence, AUDIT.c.leaf).order_by(AUDIT.c.sequence.desc()).limit(1)
                ).one_or_none()
                sequence = (last.sequence if last else 0) + 1
                body = canonical(_body(entry, sequence, self._clock(), last.leaf.hex() if last else ""))
                connection.execute(sa.insert(AUDIT).values(sequence=sequence, body=body, leaf=hash_leaf(body.encode())))
        except CaseworkError as error:
            raise AuditError(f"the audit log cannot be written, so nothing is shown ({error.message})", hint=error.hint) from error
        return sequence

    def read(self, *, last: int | None = None) -> list[dict[str, object]]:
        """The bodies, oldest first; only the `last` ones when given."""
        query = sa.select(AUDIT.c.body).order_by(AUDIT.c.sequence.desc())
        with self._database.read() as connection:
            rows = connection.execute(query if last is None else query.limit(last)).scalars().all()
        return [json.loads(row) for row in reversed(rows)]

    def head(self) -> Head:
        """Size and root over the bodies as they stand now."""
        with self._database.read() as connection:
            bodies = connection.execute(sa.select(AUDIT.c.body).order_by(AUDIT.c.sequence)).scalars()
            leaves = [hash_leaf(body.encode()) for body in bodies]
        return Head(len(leaves), root_of(leaves).hex(), self._clock())

    def verify(self, *, head: Head | None = None) -> list[str]:
        """What is wrong with the log, in words; empty when it is sound and continues `head` (the only proof against truncation)."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).all()
            triggers = set(
                connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'").scalars()
            )
        faults = [] if {"audit_is_not_changed", "audit_is_not_deleted"} <= triggers else ["the triggers that forbid changes are gone"]
        faults.extend(_faults_of(rows))
        if head is not None:
            faults.extend(_faults_against(head, [hash_leaf(row.body.encode()) for row in rows]))
        return faults


def _body(entry: Entry, sequence: int, now_us: int, previous: str) -> dict[str, object]:
    objects = list(entry.objects)
    return {
        "format": AUDIT_FORMAT,
        "sequence": sequence,
        "time_us": now_us,
        "previous": previous,
        "person": entry.person.name,
        "login": entry.person.login,
        "purpose": entry.purpose,
        "case": entry.case,
        "action": entry.action,
        "outcome": entry.outcome,
        "snapshot": entry.snapshot,
        "objects": objects[:MAX_OBJECTS],
        "counts": {"objects": len(objects), **entry.counts},
        "query": entry.query,
    }


def _faults_of(rows: Sequence[sa.Row[int, str, bytes]]) -> Iterator[str]:
    previous = ""
    for expected, (sequence, body, leaf) in enumerate(rows, start=1):
        if sequence != expected:
            yield f"entry {expected} is missing: the next one is {sequence}"
            return
        if not hmac.compare_digest(hash_leaf(body.encode()), leaf):
            yield f"entry {sequence} was changed: its text no longer fits its hash"
        try:
            said = json.loads(body)
            fits = said["sequence"] == sequence and said["previous"] == previous
        except (ValueError, KeyError, TypeError):
            fits = False
        if not fits:
            yield f"entry {sequence} does not continue the one before"
        previous = leaf.hex()


def _faults_against(head: Head, leaves: list[bytes]) -> Iterator[str]:
    if len(leaves) < head.size:
        yield f"the log was cut: it has {len(leaves)} entries, the head saw {head.size}"
    elif root_of(leaves[: head.size]).hex() != head.root:
        yield f"the log was rewritten: its first {head.size} entries are not those the head saw"


def read_head(path: Path) -> Head:
    """A head from a file that `bakau audit head` wrote; FileError when it is none."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(said["size"]), str(said["root"]), int(said["time_us"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError("this file holds no audit head", hint="write one with: bakau audit head > FILE") from error
