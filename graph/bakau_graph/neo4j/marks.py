"""Numbers of a run on accounts: written from the newest run, taken back the moment an account is protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau_graph.neo4j import write_queries as write
from bakau_graph.neo4j.schema import MARK_PREFIX
from bakau_graph.neo4j.state import read_standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from bakau.protection import ProtectionSet
    from bakau_graph.archive.snapshot import Snapshot
    from bakau_graph.neo4j.session import Session

#: Accounts per transaction.
_ROWS = 10_000

#: One row per account that a run says something about: its points, its community at the run's resolution, its strongest finding.
MARKS = """
WITH scored AS (SELECT account_key, CAST(sum(points) AS BIGINT) AS score FROM score GROUP BY account_key),
grouped AS (SELECT account_key, min(community) AS community FROM community WHERE resolution = $resolution GROUP BY account_key),
found AS (
    SELECT s.account_key, first(f.finding_id ORDER BY f.score DESC, f.finding_id) AS finding, CAST(count(*) AS BIGINT) AS findings
    FROM finding_subject s JOIN finding f USING (finding_id) GROUP BY s.account_key
)
SELECT account_key, score, community, finding, findings FROM scored FULL JOIN grouped USING (account_key) FULL JOIN found USING (account_key)
ORDER BY account_key
"""


def marks_of_run(snapshot: Snapshot) -> tuple[str, pa.Table] | None:
    """The newest run of a snapshot and what it says about accounts, without those protected now; None without a run."""
    from bakau_graph.scratch import connect_scratch

    run = snapshot.latest_run()
    if run is None:
        return None
    counts = run.parameters.get("counts")
    resolution = str(counts.get("resolution")) if isinstance(counts, dict) else ""
    with connect_scratch(threads=2) as connection:
        for name in ("score", "community", "finding", "finding_subject"):
            connection.register(name, snapshot.derived(name, run.run_id))
        rows = connection.sql(MARKS, params={"resolution": resolution}).to_arrow_table()
    return run.run_id, rows


def withdraw_marks(session: Session, protection: ProtectionSet) -> int:
    """Take every mark off accounts that are protected now; how many had some.

    Those of others may rest on the same findings, so that the database names no run until all are written anew.
    """
    standing = read_standing(session)
    names = standing.mark_names if standing else ()
    if not names:
        return 0
    keys = protection.protected_accounts
    count = 0
    for begin in range(0, len(keys), _ROWS):
        rows = session.write(write.WITHDRAW_MARKS, {"keys": keys[begin : begin + _ROWS].tolist(), "blank": blank(names)})
        count += int(rows[0]["n"])
    if count:
        session.write(write.SET_BAKAU, {"row": {"marks_run_id": None}})
    return count


def write_marks(session: Session, run_id: str, marks: pa.Table) -> int:
    """Replace all marks by those of a run, checked before; how many accounts were marked. Half done, the database names no run."""
    standing = read_standing(session)
    old = standing.mark_names if standing else ()
    names = [name for name in marks.column_names if name != "account_key"]
    _clear(session, sorted({*old, *names}))
    written = _write(session, marks, names)
    session.write(write.SET_BAKAU, {"row": {"marks_run_id": run_id, "marked_accounts": written, "mark_names": names}})
    return written


def clear_marks(session: Session) -> None:
    """Take every mark off every account; the database then names no run."""
    standing = read_standing(session)
    _clear(session, list(standing.mark_names if standing else ()))


def _clear(session: Session, names: list[str]) -> None:
    session.write(write.SET_BAKAU, {"row": {"marks_run_id": None, "marked_accounts": 0, "mark_names": names}})
    while int(session.write(write.CLEAR_MARKS, {"most": _ROWS, "blank": blank(names)})[0]["n"]):
        pass


def _write(session: Session, marks: pa.Table, names: list[str]) -> int:
    written = 0
    for begin in range(0, len(marks), _ROWS):
        part = marks.slice(begin, _ROWS)
        columns = [part[name].to_pylist() for name in names]
        rows = [
            {"key": key, "marks": {f"{MARK_PREFIX}{name}": value for name, value in zip(names, values, strict=True)}}
            for key, values in zip(part["account_key"].to_pylist(), zip(*columns, strict=True), strict=True)
        ]
        written += int(session.write(write.WRITE_MARKS, {"rows": rows})[0]["n"])
    return written


def blank(names: Iterable[str]) -> dict[str, None]:
    """Every mark as null, which takes it away."""
    return {f"{MARK_PREFIX}{name}": None for name in names}


def count_expected(marks: pa.Table, known: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """How many of the marks are for accounts the network knows."""
    return int(np.isin(marks["account_key"].to_numpy(), known).sum())
