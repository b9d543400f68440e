"""Words of payments: the table `payment_word` that rules about texts read beside the flow. Never a text, only which listed words stood in it.

Such rules are off unless a pack switches them on: whether words may be looked at is for whoever answers for the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.flow import count_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from bakau_analytics.indicators.pack import Rule

#: The name of that need in a rule.
NEED = "tokens"
#: Columns: transfer_id, word. Words were looked for when a file was loaded; the text itself lies in the vault.
WORD = "SELECT transfer_id, unnest(string_split(tokens, ' ')) AS word FROM transfer WHERE tokens IS NOT NULL"


def count_texts(connection: duckdb.DuckDBPyConnection, rules: tuple[Rule, ...]) -> dict[str, int]:
    """On how many transfers a listed word is known, by the need's name; nothing when no rule reads words. Makes the table `payment_word`.

    A payment without a text and one without a listed word cannot be told apart, so neither counts as known.
    """
    if not read_words(rules):
        return {}
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE payment_word AS {WORD}")
    return {NEED: count_known(connection, (NEED,))}


def read_words(rules: Iterable[Rule]) -> bool:
    """Whether any of these rules reads the table `payment_word`."""
    return any(NEED in rule.needs for rule in rules)
