"""Statement numbers: what of an account's numbered statements was not handed over, seen over every batch of its source.

A batch brings its statements' numbers, under a keyed hash of source, format and account. Which are missing is worked out from the
visible batches when they are read and never stored: whatever the order of loads, a number that arrives later closes its gap, and one
that is withdrawn opens it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

#: Made with the first numbered statement, so it needs no format number: an older Bakau passes over it.
TABLES = (
    """
CREATE TABLE IF NOT EXISTS statement (
    batch_id TEXT NOT NULL REFERENCES batch (batch_id), place INTEGER NOT NULL, series INTEGER NOT NULL, number INTEGER NOT NULL,
    day TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (batch_id, place)
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS statement_series ON statement (series)",
)
_VISIBLE = """
SELECT s.batch_id, s.place, s.series, s.number, s.day, s.what FROM statement s JOIN batch b USING (batch_id) LEFT JOIN tombstone t USING (batch_id)
WHERE t.batch_id IS NULL AND b.added_in <= :version AND (b.withdrawn_in IS NULL OR b.withdrawn_in > :version)
  AND (:file IS NULL OR s.series IN (SELECT o.series FROM statement o JOIN batch f USING (batch_id) WHERE f.file_sha256 = :file))
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A numbered statement: its series (one account's numbers in one format of one source), number, day (ISO, or nothing), and what its file calls it."""

    series: int
    number: int
    day: str
    what: str


def find_gaps(statements: Iterable[tuple[str, Statement]]) -> dict[str, tuple[str, ...]]:
    """(owner, statement) → per owner a sentence for each of its statements that does not follow the one before in its series.

    By day, then number; a number that is not higher than the one before begins a new count (a new year). A number of the same year
    that stands elsewhere in the series is not missing.
    """
    series: dict[int, list[tuple[str, Statement]]] = defaultdict(list)
    for owner, statement in statements:
        series[statement.series].append((owner, statement))
    found: dict[str, list[str]] = defaultdict(list)
    for counted in series.values():
        counted.sort(key=lambda one: (one[1].day, one[1].number, one[0]))
        there = {(one.day[:4], one.number) for _, one in counted}
        last: int | None = None
        for owner, one in counted:
            if last is not None and one.number > last + 1:
                missing = _missing(last, one, there)
                if missing:
                    found[owner].append(f"{one.what} has the number {one.number}; number {missing} of the same account is missing")
            last = one.number
    return {owner: tuple(sentences) for owner, sentences in found.items()}


def _missing(last: int, one: Statement, there: set[tuple[str, int]]) -> str:
    """The numbers between that nobody handed over, the first run of them in words."""
    known = sorted(number for year, number in there if year == one.day[:4] and last < number < one.number)
    edges = [last, *known, one.number]
    for low, high in pairwise(edges):
        if high > low + 1:
            return str(low + 1) if high == low + 2 else f"{low + 1} to {high - 1}"
    return ""


def write_statements(connection: sqlite3.Connection, batch_id: str, statements: Sequence[Statement]) -> None:
    """List the numbers a batch brings, inside the running transaction."""
    if statements:
        for text in TABLES:
            connection.execute(text)
        rows = [(batch_id, place, one.series, one.number, one.day, one.what) for place, one in enumerate(statements)]
        connection.executemany("INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?)", rows)


def forget_statements(connection: sqlite3.Connection, batch_id: str) -> None:
    """Take the numbers of a batch away, inside the running transaction."""
    if _knows_statements(connection):
        connection.execute("DELETE FROM statement WHERE batch_id = ?", (batch_id,))


def read_gaps(connection: sqlite3.Connection, version: int, file_sha256: str | None = None) -> dict[str, tuple[str, ...]]:
    """Per batch what is missing before its statements, as of a version; with a file's hash, in the series of that file alone."""
    if not _knows_statements(connection):
        return {}
    rows = connection.execute(_VISIBLE, {"version": version, "file": file_sha256}).fetchall()
    return find_gaps((row["batch_id"], Statement(row["series"], row["number"], row["day"], row["what"])) for row in rows)


def _knows_statements(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'statement'").fetchone() is not None
