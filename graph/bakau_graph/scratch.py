"""DuckDB in memory: the one way to open it, so that every connection behaves alike."""

from __future__ import annotations

import duckdb


def connect_scratch(*, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory. It prints no progress: after two seconds that would stand in what a command prints."""
    connection = duckdb.connect(config={"threads": threads})
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:  # a notebook has none to switch off
        connection.execute("SET enable_progress_bar = false")
    return connection
