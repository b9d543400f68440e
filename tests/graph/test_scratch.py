"""Databases in memory share one instance of DuckDB, and nothing else."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from bakau_graph.scratch import connect_scratch


def databases(connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()}


def test_a_connection_sees_nothing_that_another_one_makes():
    with connect_scratch(threads=1) as one, connect_scratch(threads=1) as other:
        one.execute("CREATE TABLE kept AS SELECT 1 AS a")
        one.execute("CREATE VIEW seen AS SELECT * FROM kept")
        one.execute("CREATE TEMPORARY TABLE passing AS SELECT 1 AS a")
        for name in ("kept", "seen", "passing"):
            with pytest.raises(duckdb.CatalogException):
                other.execute(f"SELECT * FROM {name}")
            other.execute(f"CREATE TABLE {name} AS SELECT 2 AS a")
        assert one.execute("SELECT a FROM seen").fetchall() == [(1,)]
        assert other.execute("SELECT a FROM seen").fetchall() == [(2,)]


def test_what_was_in_a_database_goes_with_its_connection():
    with connect_scratch(threads=1) as lasting:
        before = databases(lasting)
        with connect_scratch(threads=1) as passing:
            passing.execute("CREATE TABLE big AS SELECT range AS a FROM range(1000)")
            assert len(databases(lasting)) == len(before) + 1
        del passing
        gc.collect()
        assert databases(lasting) == before


def test_each_has_as_many_threads_as_it_asked_for_and_prints_no_progress():
    for threads in (1, 2):
        with connect_scratch(threads=threads) as connection:
            found = connection.execute("SELECT current_setting('threads'), current_setting('enable_progress_bar')").fetchall()
        assert found == [(threads, False)]


def test_several_threads_of_a_program_may_open_and_close_at_once():
    def count(number: int) -> int:
        with connect_scratch(threads=2) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT range AS a FROM range({number})")
            return connection.execute("SELECT count(*) FROM t").fetchall()[0][0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(count, range(40))) == list(range(40))
