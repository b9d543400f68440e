"""Tables that several detectors read beside the flow, each made once for all of them, and only when a rule in force reads it.

One SQL text each in ``steps/``; which tables a text stands on is seen from the names in it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

_THERE = "SELECT table_name FROM duckdb_tables() WHERE temporary"


@cache
def load_tables() -> dict[str, str]:
    """The SQL text of each table, by name."""
    folder = files("bakau_analytics.indicators") / "steps"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name.removesuffix(".sql"): (folder / name).read_text(encoding="utf-8") for name in names}


@cache
def find_read(text: str) -> tuple[str, ...]:
    """The tables that a text reads, wholly: each behind those it stands on itself."""
    code = re.sub(r"--[^\n]*", "", text)
    direct = [name for name in load_tables() if re.search(rf"\b(?:FROM|JOIN)\s+{name}\b", code)]
    below = [found for name in direct for found in (*find_read(load_tables()[name]), name)]
    return tuple(dict.fromkeys(below))


def build_tables(connection: duckdb.DuckDBPyConnection, texts: Iterable[str]) -> None:
    """Make what these texts read, and drop what was made for others. Reads `flow`, `account`, `holding`, `relation` and `protected_account`."""
    for name in load_tables():
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    ensure_tables(connection, dict.fromkeys(name for text in texts for name in find_read(text)))


def ensure_tables(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Make these tables, and those they stand on, unless `build_tables` has made them on this connection."""
    there = {name for (name,) in connection.execute(_THERE).fetchall()}
    wanted = dict.fromkeys(found for name in names for found in (*find_read(load_tables()[name]), name))
    for name in wanted:
        if name not in there:
            connection.execute(f"CREATE TEMPORARY TABLE {name} AS {load_tables()[name]}")
