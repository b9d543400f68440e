"""One definition on two engines: every feature, row by row, on DuckDB and on a real local Spark."""

from __future__ import annotations

import pytest
from analytics.engines.spark_run import install_spark, run_job
from benchmarks.features import connect

from bakau_analytics.features.catalogue import INPUTS, load_features, load_steps

ROWS, NIGHTLY_ROWS = 200_000, 2_000_000
AS_OF_US = 360 * 86_400_000_000


@pytest.fixture(scope="module")
def python():
    return install_spark()


def write_facts(folder, rows):
    """Made-up transfers and all that features read, as Parquet; the same connection answers for DuckDB."""
    connection = connect(rows, rows // 4, seed=3)
    connection.execute("CREATE TEMPORARY TABLE scorable AS SELECT account_key FROM account WHERE account_key % 50 <> 0")
    for name in INPUTS:
        if name != "clock":
            connection.execute(f"COPY (SELECT * FROM {name}) TO '{folder / name}.parquet'")
    return connection


def differing(connection, feature, out):
    """Rows of one engine that the other does not have."""
    columns = [*feature.grain.keys, *(feature.select(column) for column in feature.columns)]
    chosen = ", ".join(f"CAST({column} AS BIGINT)" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE here AS SELECT {chosen} FROM ({feature.sql})")
    connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE there AS SELECT {chosen} FROM '{out / feature.name}.parquet/*.parquet'")
    [(rows, one, other)] = connection.execute(
        "SELECT (SELECT count(*) FROM here), (SELECT count(*) FROM (FROM here EXCEPT ALL FROM there)), "
        "(SELECT count(*) FROM (FROM there EXCEPT ALL FROM here))"
    ).fetchall()
    assert rows
    return one + other


def compare(python, folder, rows):
    facts, out = folder / "facts", folder / "out"
    facts.mkdir()
    connection = write_facts(facts, rows)
    try:
        run_job(python, "features_job", facts, out, "--as-of-us", str(AS_OF_US))
        connection.execute(f"CREATE TEMPORARY TABLE clock AS SELECT -4611686018427387904 AS since_us, {AS_OF_US} AS as_of_us")
        for step in load_steps().values():
            connection.execute(f"CREATE TEMPORARY TABLE {step.name} AS {step.sql}")
        return {feature.name: differing(connection, feature, out) for feature in load_features()}
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_spark_and_duckdb_agree_on_every_row(python, tmp_path):
    found = compare(python, tmp_path, ROWS)
    assert found == dict.fromkeys(found, 0)


@pytest.mark.nightly
@pytest.mark.timeout(7_200)
def test_spark_and_duckdb_agree_on_ten_times_as_many(python, tmp_path):
    found = compare(python, tmp_path, NIGHTLY_ROWS)
    assert found == dict.fromkeys(found, 0)
