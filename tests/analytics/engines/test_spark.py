"""One definition on two engines: every feature, row by row, on DuckDB and on a real local Spark.

At night ten times as many rows, in shards that each make steps of their own: one failure or a slow machine costs a shard, not the run.
"""

from __future__ import annotations

import shutil

import duckdb
import pytest
from analytics.engines.spark_run import LARGE, SMALL, install_spark, run_job
from benchmarks.features import connect

from bakau_analytics.features.catalogue import INPUTS, load_features, load_steps
from bakau_analytics.features.plan import Query, wanted_steps

ROWS, NIGHTLY_ROWS = 200_000, 2_000_000
AS_OF_US = 360 * 86_400_000_000
#: What DuckDB may use before it spills, at night beside Spark.
MEMORY = "4GB"


@pytest.fixture(scope="module")
def python():
    return install_spark()


def write_facts(folder, rows):
    """Made-up transfers and all that features read, as Parquet."""
    folder.mkdir()
    with connect(rows, rows // 4, seed=3) as connection:
        connection.execute("CREATE TEMPORARY TABLE scorable AS SELECT account_key FROM account WHERE account_key % 50 <> 0")
        for name in INPUTS:
            if name != "clock":
                connection.execute(f"COPY (SELECT * FROM {name}) TO '{folder / name}.parquet'")


def open_facts(folder, features):
    """The same facts for DuckDB, with the steps that these features read."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": MEMORY, "temp_directory": str(folder.parent / "spilled")})
    for name in INPUTS:
        if name != "clock":
            connection.execute(f"CREATE TEMPORARY TABLE {name} AS FROM '{folder / name}.parquet'")
    connection.execute(f"CREATE TEMPORARY TABLE clock AS SELECT -4611686018427387904 AS since_us, {AS_OF_US} AS as_of_us")
    wanted = wanted_steps([Query(feature.name, feature.steps) for feature in features])
    for step in load_steps().values():
        if step.name in wanted:
            connection.execute(f"CREATE TEMPORARY {'TABLE' if step.is_table else 'VIEW'} {step.name} AS {step.sql}")
    return connection


def differing(connection, feature, out):
    """How many rows DuckDB has, and rows of one engine that the other does not have."""
    columns = [*feature.grain.keys, *(feature.select(column) for column in feature.columns)]
    chosen = ", ".join(f"CAST({column} AS BIGINT)" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE here AS SELECT {chosen} FROM ({feature.sql})")
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE there AS SELECT {chosen} FROM '{out / feature.name}.parquet/*.parquet'")
    [(rows, one, other)] = connection.execute(
        "SELECT (SELECT count(*) FROM here), (SELECT count(*) FROM (FROM here EXCEPT ALL FROM there)), "
        "(SELECT count(*) FROM (FROM there EXCEPT ALL FROM here))"
    ).fetchall()
    return rows, one + other


def compare(python, facts, out, features, size):
    """Per feature: its rows, and how many differ."""
    run_job(python, "features_job", facts, out, "--as-of-us", str(AS_OF_US), "--features", *(one.name for one in features), size=size)
    with open_facts(facts, features) as connection:
        found = {feature.name: differing(connection, feature, out) for feature in features}
    shutil.rmtree(out)
    return found


def shards():
    """Every feature once, those together that stand on the same table, so that it is made once."""
    found = {}
    for feature in load_features():
        wanted = wanted_steps([Query(feature.name, feature.steps)])
        first = next((step.name for step in load_steps().values() if step.is_table and step.name in wanted), "payment")
        found.setdefault(first, []).append(feature)
    return found


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_spark_and_duckdb_agree_on_every_row(python, tmp_path):
    write_facts(tmp_path / "facts", ROWS)
    found = compare(python, tmp_path / "facts", tmp_path / "out", load_features(), SMALL)
    assert all(rows for rows, _ in found.values())
    assert {name: differ for name, (_, differ) in found.items()} == dict.fromkeys(found, 0)


@pytest.fixture(scope="module")
def many_facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "facts"
    write_facts(folder, NIGHTLY_ROWS)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("features", shards().values(), ids=shards())
def test_spark_and_duckdb_agree_on_ten_times_as_many(python, many_facts, tmp_path, features):
    found = compare(python, many_facts, tmp_path / "out", features, LARGE)
    assert all(rows for rows, _ in found.values())
    assert {name: differ for name, (_, differ) in found.items()} == dict.fromkeys(found, 0)
