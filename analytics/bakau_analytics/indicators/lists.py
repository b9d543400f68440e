"""Lists that a rule needs from outside: tags that somebody gave, by what they say. None is shipped; without one the rule is not evaluable.

A list is what the tags of one concept name, whoever gives them. That a list names an account is a fact about its giver and makes no role by itself:
each hit says who says so, and a protected subject stands on no list (`shown_tag`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.indicators.pack import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from bakau_analytics.indicators.pack import Rule

COUNT = "SELECT concept, count(*) FROM shown_tag GROUP BY concept"
#: Givers shown beside a hit: so many, and how many more.
MOST_GIVERS = 3
#: Who says so, for each account that a rule hit: the givers of the tags at either end of its evidence.
GIVERS = """
WITH ends AS (SELECT e.account_key, f.src, f.dst FROM {table} e JOIN flow f ON e.transfer_id = f.transfer_id),
named AS (SELECT account_key, giver FROM listed WHERE list IN ({lists})),
said AS (
    SELECT e.account_key, n.giver FROM ends e JOIN named n ON e.src = n.account_key
    UNION SELECT e.account_key, n.giver FROM ends e JOIN named n ON e.dst = n.account_key
)
SELECT account_key, list(giver ORDER BY giver) AS givers FROM said GROUP BY account_key ORDER BY account_key
"""


def count_lists(connection: duckdb.DuckDBPyConnection, rules: Iterable[Rule]) -> dict[str, int]:
    """For each list that a rule needs, how many tags there are of it; nothing when no rule needs one. Reads `shown_tag`."""
    wanted = name_lists(rules)
    return pick_counts(wanted, connection.execute(COUNT).fetchall()) if wanted else {}


def name_lists(rules: Iterable[Rule]) -> list[str]:
    """The lists that any of these rules needs."""
    return sorted({name for rule in rules for name in rule.lists})


def pick_counts(wanted: Iterable[str], rows: Iterable[tuple[object, ...]]) -> dict[str, int]:
    """Rows of COUNT as a coverage of the lists wanted."""
    found = {str(concept): int(str(count)) for concept, count in rows}
    return {key_of(name): found.get(name, 0) for name in wanted}


def find_givers(connection: duckdb.DuckDBPyConnection, rule: Rule, table: str) -> dict[int, str]:
    """Who says so, in words, for each account in a rule's table of evidence; nothing for a rule that needs no list."""
    if not rule.lists:
        return {}
    names = ", ".join(f"'{name}'" for name in rule.lists)
    rows = connection.execute(GIVERS.format(table=table, lists=names)).fetchall()
    return {int(account): _say(givers) for account, givers in rows}


def _say(givers: list[str]) -> str:
    rest = len(givers) - MOST_GIVERS
    return ", ".join(givers[:MOST_GIVERS]) + (f" and {rest:,} more" if rest > 0 else "")
