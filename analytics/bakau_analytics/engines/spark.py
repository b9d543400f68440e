"""The same features on Apache Spark: the text of every file, as sqlglot says it in Spark's dialect (for rules: `rules.py`).

Needs the environment that `requirements/install spark` makes. Choose it past about a billion transfers, or where the data already
lies on a cluster; on one machine it costs about nine times the CPU of DuckDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from bakau_analytics.features.catalogue import load_steps
from bakau_analytics.features.plan import Act, Clock, Query, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from bakau_analytics.features.catalogue import Feature

#: What a session needs so that numbers are those of DuckDB: overflow and division by zero are errors, not other numbers.
SETTINGS = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}


def to_spark(sql: str) -> str:
    """A text of the features or of the rules in Spark's dialect.

    What only DuckDB is told is dropped: whether a common table is kept, and that a table is a temporary one (`temp.flow` is the flow behind a
    common table of that name, which in Spark reads what is outside).
    """
    whole = sqlglot.parse_one(sql, read="duckdb")
    for common in whole.find_all(exp.CTE):
        common.set("materialized", None)
    for table in whole.find_all(exp.Table):
        if table.db == "temp":
            table.set("db", None)
    return whole.sql("spark")


def compute_features(session: SparkSession, features: Sequence[Feature], clock: Clock, take: Callable[[Feature, DataFrame], None]) -> None:
    """Compute features one after another and hand each to `take` (keys of its grain, its numbers; no row where nothing was seen).

    The session has the temporary views that the features read: `flow` (columns as in `bakau_analytics.flow`), `scorable`, and as
    needed `account`, `party`, `holding`, `exposed`, `member`. Rows that say nothing about anybody scorable are for the taker to drop.
    """
    session.sql(f"SELECT {clock.since_us}L AS since_us, {clock.as_of_us}L AS as_of_us").createOrReplaceTempView("clock")
    by_name = {feature.name: feature for feature in features}
    kept: dict[str, DataFrame] = {}
    for act, name in plan([Query(feature.name, feature.steps) for feature in features]):
        if act is Act.COMPUTE:
            take(by_name[name], session.sql(to_spark(by_name[name].sql)))
        elif act is Act.MAKE:
            rows = session.sql(to_spark(load_steps()[name].sql))
            kept[name] = rows.cache() if load_steps()[name].is_table else rows
            kept[name].createOrReplaceTempView(name)
        else:
            kept.pop(name).unpersist()
            session.catalog.dropTempView(name)
