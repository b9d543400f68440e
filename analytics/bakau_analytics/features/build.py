"""Computes features with DuckDB: one wide table a grain, integers only, null where a feature cannot be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_analytics.features.catalogue import Grain, load_features, load_steps
from bakau_analytics.features.collect import Collected
from bakau_analytics.features.kernels.choice import KERNELS, compute, pays_off
from bakau_analytics.features.plan import Act, Clock, Query, plan, wanted_steps
from bakau_analytics.flow import ensure_flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.catalogue import Feature

_LATEST = "SELECT max(CASE WHEN time_known THEN ts_us ELSE ts_us + 86399999999 END) FROM flow"
_HAS_EXPOSED = """
SELECT 1 FROM (SELECT database_name, table_name FROM duckdb_tables() UNION ALL SELECT database_name, view_name FROM duckdb_views())
WHERE table_name = 'exposed' AND database_name IN ('temp', current_database())
"""
_NO_EXPOSED = "CREATE TEMPORARY TABLE exposed (account_key BIGINT, slot INTEGER)"


def build_features(
    connection: duckdb.DuckDBPyConnection,
    scorable: ScorableAccounts,
    features: Sequence[Feature] | None = None,
    *,
    grain: Grain = Grain.ACCOUNT,
    clock: Clock | None = None,
) -> pa.Table:
    """Values of features (all of the grain by default): the keys of the grain, int64, sorted, and one int64 column per number.

    See `build_tables` for what is read. Counts are 0 where nothing was seen; ratios are null. Money that runs through protected
    accounts counts in their neighbours' values; a protected account itself has no row.
    """
    return build_tables(connection, scorable, {grain: load_features(grain) if features is None else features}, clock=clock)[grain]


def build_tables(
    connection: duckdb.DuckDBPyConnection,
    scorable: ScorableAccounts,
    features: Mapping[Grain, Sequence[Feature]],
    *,
    clock: Clock | None = None,
) -> dict[Grain, pa.Table]:
    """`build_features` for several grains at once: each step they share is computed once.

    Reads the table `flow` (see `bakau_analytics.flow`) and, where a feature needs them, `account`, `party`, `holding`, `exposed`
    (account_key, slot; nobody is marked when there is none) and `member` (network_key, account_key; for networks). Without a clock
    the scored instant is the last one of the flow and the period is everything before it.
    """
    ensure_flow(connection)
    if not connection.execute(_HAS_EXPOSED).fetchall():
        connection.execute(_NO_EXPOSED)
    _set_inputs(connection, scorable, clock)
    tables = {grain: Collected(grain, chosen) for grain, chosen in features.items()}
    owner = {query.name: collected for collected in tables.values() for query in collected.queries}
    queries = [query for collected in tables.values() for query in collected.queries]
    done = {query.name for query in queries if not query.steps}
    for name in done:
        owner[name].take(name, read_rows(connection, name, owner[name].text(name)))
    for name, rows in _make_by_kernels(connection, queries):
        done.add(name)
        if name in owner:
            owner[name].take(name, rows)
    for act, name in plan([query for query in queries if query.name not in done], done):
        if act is Act.COMPUTE:
            owner[name].take(name, read_rows(connection, name, owner[name].text(name)))
        else:
            connection.execute(_step_statement(act, name, is_given=name in done))
    return {grain: collected.table() for grain, collected in tables.items()}


def read_rows(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> pa.Table:
    """The rows of a text; by name, so that whoever measures knows whose they are."""
    del name
    return connection.sql(sql).to_arrow_table()


def _set_inputs(connection: duckdb.DuckDBPyConnection, scorable: ScorableAccounts, clock: Clock | None) -> None:
    if clock is None:
        [(latest,)] = connection.execute(_LATEST).fetchall()
        clock = Clock(as_of_us=latest or 0)
    connection.register("scorable_keys", pa.table({"account_key": pa.array(scorable.keys, pa.int64())}))
    connection.execute("CREATE OR REPLACE TEMPORARY TABLE scorable AS SELECT account_key FROM scorable_keys")
    connection.unregister("scorable_keys")
    connection.execute(
        "CREATE OR REPLACE TEMPORARY TABLE clock AS SELECT CAST($since AS BIGINT) AS since_us, CAST($as_of AS BIGINT) AS as_of_us",
        {"since": clock.since_us, "as_of": clock.as_of_us},
    )


def _make_by_kernels(connection: duckdb.DuckDBPyConnection, queries: Sequence[Query]) -> Iterator[tuple[str, pa.Table]]:
    """The rows of steps and features that have a kernel, where that pays; steps are views of them then. The others are left to SQL."""
    if not pays_off(connection):
        return
    own = {query.name for query in queries} & KERNELS.keys()
    others = [query for query in queries if query.name not in own]
    for name, rows in compute(connection, own | wanted_steps(others, KERNELS)):
        if name not in own:
            connection.register(name, rows)
        yield name, rows


def _step_statement(act: Act, name: str, *, is_given: bool) -> str:
    step = load_steps()[name]
    kind = "TABLE" if step.is_table and not is_given else "VIEW"
    return f"CREATE OR REPLACE TEMPORARY {kind} {name} AS {step.sql}" if act is Act.MAKE else f"DROP {kind} {name}"
