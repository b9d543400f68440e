"""Computes features with DuckDB: one wide table a grain, integers only, null where a feature cannot be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.columns import one_chunk
from bakau_analytics.features.catalogue import Grain, load_features, load_steps
from bakau_analytics.features.kernels.choice import KERNELS, compute, pays_off
from bakau_analytics.features.places import Places
from bakau_analytics.features.plan import Act, Clock, Query, plan, wanted_steps
from bakau_analytics.flow import ensure_flow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.catalogue import Feature

_LATEST = "SELECT max(CASE WHEN time_known THEN ts_us ELSE ts_us + 86399999999 END) FROM flow"
_HAS = "SELECT 1 FROM duckdb_tables() WHERE table_name = $name UNION ALL SELECT 1 FROM duckdb_views() WHERE view_name = $name"
_NO_EXPOSED = "CREATE TEMPORARY TABLE exposed (account_key BIGINT, slot INTEGER)"

#: The rows of each grain. A protected account or party has none; a pair has one when both ends may carry a number.
_ROWS = {
    Grain.ACCOUNT: ("SELECT account_key FROM scorable", ()),
    Grain.PAIR: (
        "SELECT src, dst FROM pair WHERE src IN (SELECT account_key FROM scorable) AND dst IN (SELECT account_key FROM scorable)",
        ("pair",),
    ),
    Grain.PARTY: (
        "SELECT DISTINCT party_key FROM held WHERE party_key NOT IN (SELECT key FROM protected_subject WHERE realm = 'party')",
        ("held",),
    ),
    Grain.NETWORK: ("SELECT DISTINCT network_key FROM member", ()),
}


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
    if not connection.execute(_HAS, {"name": "exposed"}).fetchall():
        connection.execute(_NO_EXPOSED)
    _set_inputs(connection, scorable, clock)
    texts = {f"rows_{grain}": _ROWS[grain][0] for grain in features}
    queries = [Query(f"rows_{grain}", _ROWS[grain][1]) for grain in features]
    for feature in (feature for chosen in features.values() for feature in chosen):
        texts[feature.name] = feature.sql
        queries.append(Query(feature.name, feature.steps))
    given = _make_by_kernels(connection, queries) if pays_off(connection) else set()
    for act, name in plan([query for query in queries if query.name not in given], given):
        if act is Act.COMPUTE:
            connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE feature_{name} AS {texts[name]}")
        else:
            connection.execute(_step_statement(act, name))
    tables = {grain: _collect(connection, grain, chosen) for grain, chosen in features.items()}
    for name in texts:
        connection.execute(f"DROP TABLE feature_{name}")
    return tables


def _collect(connection: duckdb.DuckDBPyConnection, grain: Grain, features: Sequence[Feature]) -> pa.Table:
    """One row a key, sorted, and every column of every feature beside it."""
    named = ", ".join(f"CAST({key} AS BIGINT) AS {key}" for key in grain.keys)
    keys = _read(connection, f"SELECT {named} FROM feature_rows_{grain} ORDER BY {', '.join(grain.keys)}")
    places, count = Places(keys), len(grain.keys)
    columns = dict.fromkeys(column for feature in features for column in feature.columns)
    for feature in sorted(features, key=lambda feature: feature.steps):  # so that those with rows alike follow each other
        chosen = ", ".join(f"CAST({feature.select(column)} AS BIGINT)" for column in feature.columns)
        rows = _read(connection, f"SELECT {named}, {chosen} FROM feature_{feature.name}")
        way = places.find(rows[:count])
        for column, values in zip(feature.columns, rows[count:], strict=True):
            taken = values if way is None else way.take(values)
            columns[column] = taken.fill_null(0) if feature.is_zero_when_missing else taken
    return pa.table(dict(zip(grain.keys, keys, strict=True)) | columns)


def _read(connection: duckdb.DuckDBPyConnection, sql: str) -> list[pa.Array]:
    return [one_chunk(column) for column in connection.sql(sql).to_arrow_table().columns]


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


def _make_by_kernels(connection: duckdb.DuckDBPyConnection, queries: Sequence[Query]) -> set[str]:
    """Make the rows of steps and features that have a kernel; the names of those made. The others are left to SQL."""
    own = {query.name for query in queries} & KERNELS.keys()
    others = [query for query in queries if query.name not in own]
    made = set()
    for name, rows in compute(connection, own | wanted_steps(others, KERNELS)):
        connection.register("kernel_rows", rows)
        table = f"feature_{name}" if name in own else name
        connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {table} AS SELECT * FROM kernel_rows")
        connection.unregister("kernel_rows")
        made.add(name)
    return made


def _step_statement(act: Act, name: str) -> str:
    step = load_steps()[name]
    kind = "TABLE" if step.is_table else "VIEW"
    return f"CREATE OR REPLACE TEMPORARY {kind} {name} AS {step.sql}" if act is Act.MAKE else f"DROP {kind} {name}"
