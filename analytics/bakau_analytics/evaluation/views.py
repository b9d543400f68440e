"""What each institution would find alone, what two would find together, and what all find: the gain from sharing as a number.

An institution sees the transfers that touch an account it holds. Of accounts that others hold it sees the number and the kind, and
not who holds them. Protection is not weakened by seeing less: whoever is protected in the whole workspace is protected in every view.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bakau_analytics.detection import Settings, detect_findings
from bakau_analytics.evaluation.ranking import Reading, rank_draft, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from bakau.progress import Progress
    from bakau_analytics.evaluation.planted import Truth
    from bakau_analytics.indicators.pack import PackSet
    from bakau_graph.archive import Snapshot

LARGEST = """
SELECT institution_id FROM account JOIN (SELECT src_key AS account_key FROM transfer UNION ALL SELECT dst_key FROM transfer) USING (account_key)
WHERE institution_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $most
"""
#: Facts of `account` that only the institution that holds it knows.
_INSIDE = ("currency", "opened_us", "status", "product", "mcc", "balance_minor")
HELD = "CREATE TEMPORARY TABLE held AS SELECT account_key FROM account WHERE institution_id IN (SELECT unnest($names))"
RESTRICTED = f"""
ALTER VIEW transfer RENAME TO transfer_of_all;
CREATE TEMPORARY TABLE seen_transfer AS SELECT * FROM transfer_of_all
WHERE src_key IN (SELECT account_key FROM held) OR dst_key IN (SELECT account_key FROM held);
CREATE VIEW transfer AS SELECT * FROM seen_transfer;
ALTER VIEW account RENAME TO account_of_all;
CREATE VIEW account AS SELECT a.* REPLACE ({", ".join(f"CASE WHEN h.account_key IS NOT NULL THEN a.{name} END AS {name}" for name in _INSIDE)})
FROM account_of_all a LEFT JOIN held h ON a.account_key = h.account_key;
ALTER VIEW holding RENAME TO holding_of_all;
CREATE VIEW holding AS SELECT * FROM holding_of_all SEMI JOIN held USING (account_key);
ALTER VIEW raw_identifier RENAME TO identifier_of_all;
CREATE VIEW raw_identifier AS SELECT * FROM identifier_of_all
WHERE account_key IN (SELECT account_key FROM held) OR party_key IN (SELECT party_key FROM holding);
"""


@dataclass(frozen=True, slots=True)
class View:
    """What the findings of one view are worth; `institutions` are the codes of those who put their data together."""

    institutions: tuple[str, ...]
    reading: Reading

    @property
    def name(self) -> str:
        """The codes joined by a plus sign."""
        return "+".join(self.institutions)


def find_largest(connection: duckdb.DuckDBPyConnection, most: int) -> list[str]:
    """Codes of the institutions whose accounts have the most transfers, ties by code."""
    return [str(row[0]) for row in connection.execute(LARGEST, {"most": most}).fetchall()]


def restrict(connection: duckdb.DuckDBPyConnection, institutions: Sequence[str]) -> None:
    """Make the views of this connection those of the institutions alone; nothing stored changes."""
    connection.execute(HELD, {"names": list(institutions)})
    connection.execute(RESTRICTED)


def measure_views(
    snapshot: Snapshot, packs: PackSet, truth: Truth, *, settings: Settings, budget: int, most: int, progress: Progress
) -> list[View]:
    """Each of the `most` largest institutions alone, then each pair of them: the whole detection on what they see."""
    with snapshot.connect() as connection:
        names = find_largest(connection, most)
    views = []
    for chosen in [*((name,) for name in names), *combinations(names, 2)]:
        progress.say("seen by " + " and ".join(chosen))
        with snapshot.connect() as connection:
            restrict(connection, chosen)
            found = detect_findings(connection, packs, snapshot.scorable(), settings)
        views.append(View(chosen, read(truth, rank_draft(found.draft), budget)))
    return views
