"""Replay: what a set of rules would have found in a past window, by the very pipeline of an analysis. Nothing is stored.

Nothing after the window counts: no later payment, no tie between people that began later, no account that was opened or first seen later.
The state of an account carries no date, so where payments come after the window it is taken as not known. Everything else (kinds, countries, holders without a
date, corrections, marks of protection) is as it is known today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import InputError
from bakau.times import DAY_US, to_us
from bakau_analytics.detection import Settings, detect_findings
from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from bakau.progress import Progress
    from bakau.protection import ScorableAccounts
    from bakau_analytics.detection import Detection
    from bakau_analytics.indicators.pack import PackSet
    from bakau_graph.archive import Snapshot

#: Steps that one set of rules tells a progress bar.
STEPS = 3
_LATER = "SELECT EXISTS (SELECT 1 FROM transfer WHERE ts_us >= {until_us})"
_YOUNG = """
SELECT account_key FROM account WHERE opened_us >= {until_us}
UNION SELECT account_key FROM (SELECT src_key AS account_key, ts_us FROM transfer UNION ALL SELECT dst_key, ts_us FROM transfer)
GROUP BY account_key HAVING min(ts_us) >= {until_us}
"""
#: Each view under its own name, without what comes after (and of transfers, before) the window.
_CUT = {
    "transfer": "ts_us >= {since_us} AND ts_us < {until_us}",
    "holding": "since_us IS NULL OR since_us < {until_us}",
    "relation": "since_us IS NULL OR since_us < {until_us}",
    "raw_identifier": "first_seen_us IS NULL OR first_seen_us < {until_us}",
    "shown_tag": "asserted_us IS NULL OR asserted_us < {until_us}",
}
_STATELESS = "SELECT * REPLACE (CAST(NULL AS VARCHAR) AS status) FROM every_account"
_TRANSFERS = "SELECT count(*) FROM transfer"
#: Columns: account_key, kind, score, role, first_us, last_us, rules. One row per account that a finding names, of the strongest one.
_FOUND = """
WITH spoke AS (SELECT grp, account_key, list(name ORDER BY points DESC, name) AS rules FROM reasons WHERE points > 0 GROUP BY grp, account_key)
SELECT s.account_key, f.kind, f.score, s.role, f.first_us, f.last_us, coalesce(r.rules, []) AS rules
FROM subjects s JOIN findings f USING (grp) LEFT JOIN spoke r ON r.grp = s.grp AND r.account_key = s.account_key
QUALIFY row_number() OVER (PARTITION BY s.account_key ORDER BY f.score DESC, f.grp) = 1 ORDER BY s.account_key
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Days in UTC, the first and the last included."""

    first: date
    last: date

    @classmethod
    def parse(cls, first: str, last: str) -> Window:
        """From two days as 2026-03-31. InputError for what is no day, or a window that ends before it begins."""
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError as error:
            raise InputError("a window is two days, as 2026-01-01 and 2026-03-31") from error
        if days[1] < days[0]:
            raise InputError("the window ends before it begins")
        return cls(*days)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def since_us(self) -> int:
        """Its first instant."""
        return to_us(datetime.combine(self.first, time(), UTC))

    @property
    def until_us(self) -> int:
        """The first instant after it."""
        return to_us(datetime.combine(self.last, time(), UTC)) + DAY_US


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What one set of rules found: `found` as in _FOUND, how many findings, and what was detected in all."""

    found: pa.Table
    findings: int
    transfers: int
    detection: Detection


def replay(snapshot: Snapshot, packs: PackSet, window: Window, settings: Settings, progress: Progress | None = None) -> Replayed:
    """What these rules would have found had the data ended with the window, and begun with it."""
    with snapshot.connect() as connection:
        scorable = _cut(connection, snapshot, window)
        (transfers,) = connection.execute(_TRANSFERS).fetchall()[0]
        detection = detect_findings(connection, packs, scorable, settings, progress)
    draft = detection.draft
    return Replayed(_list_found(detection), len(draft.findings), int(transfers), detection)


def whole_window(snapshot: Snapshot) -> Window | None:
    """The days from the first transfer to the last; None without one."""
    with snapshot.connect(protection=False) as connection:
        first, last = connection.execute("SELECT min(ts_us), max(ts_us) FROM transfer").fetchall()[0]
    if first is None:
        return None
    begin = date(1970, 1, 1)
    return Window(begin + timedelta(days=first // DAY_US), begin + timedelta(days=last // DAY_US))


def _cut(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, window: Window) -> ScorableAccounts:
    """Cut the views to the window; who may carry a number in it."""
    bounds = {"since_us": window.since_us, "until_us": window.until_us}
    young = np.asarray(connection.execute(_YOUNG.format_map(bounds)).fetchnumpy()["account_key"], np.int64)
    (is_past,) = connection.execute(_LATER.format_map(bounds)).fetchall()[0]
    for name, test in _CUT.items():
        connection.execute(f"ALTER VIEW {name} RENAME TO every_{name}")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM every_{name} WHERE {test.format_map(bounds)}")
    if is_past:
        connection.execute("ALTER VIEW account RENAME TO every_account")
        connection.execute(f"CREATE VIEW account AS {_STATELESS}")
    return snapshot.protection.scorable(np.setdiff1d(snapshot.scorable().keys, young))


def _list_found(detection: Detection) -> pa.Table:
    with connect_scratch(threads=1) as connection:
        for name in ("subjects", "findings", "reasons"):
            connection.register(name, getattr(detection.draft, name))
        return connection.sql(_FOUND).to_arrow_table()
