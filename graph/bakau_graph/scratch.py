"""DuckDB in memory: the one way to open it, so that every connection behaves alike.

An instance of DuckDB takes some thirty milliseconds to start, more than most of what is asked of it here. So a process has one for each
number of threads, and what is opened is a catalog of its own in it: nobody sees what another connection makes.
"""

from __future__ import annotations

import threading
import weakref
from itertools import count

import duckdb

_INSTANCES: dict[int, duckdb.DuckDBPyConnection] = {}
_STARTING = threading.Lock()
_NUMBERS = count()


def connect_scratch(*, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory, which goes with the connection. It prints no progress: after two seconds that would stand in what a
    command prints.
    """
    instance, name = _instance(threads), f"scratch_{next(_NUMBERS)}"
    connection = instance.cursor()
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:  # a notebook has none to switch off
        connection.execute("SET enable_progress_bar = false")
    connection.execute(f"ATTACH ':memory:' AS {name}")
    connection.execute(f"USE {name}")
    weakref.finalize(connection, _forget, instance, name).atexit = False
    return connection


def _instance(threads: int) -> duckdb.DuckDBPyConnection:
    with _STARTING:
        if threads not in _INSTANCES:
            _INSTANCES[threads] = duckdb.connect(config={"threads": threads})
        return _INSTANCES[threads]


def _forget(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    """Let go of the catalog of a connection that is gone."""
    with instance.cursor() as cursor:
        cursor.execute(f"DETACH {name}")
