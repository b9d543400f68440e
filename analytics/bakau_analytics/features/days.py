"""The features of one day, from the rows of its longest window alone: what a daily run computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.features.build import build_tables
from bakau_analytics.features.catalogue import Grain, load_features
from bakau_analytics.features.plan import Clock
from bakau_analytics.flow import build_flow

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.catalogue import Feature


def bounded_features(grain: Grain) -> list[Feature]:
    """Those of a grain that need no more than a window before the day."""
    return [feature for feature in load_features(grain) if feature.reach_days is not None]


def build_day(
    connection: duckdb.DuckDBPyConnection, scorable: ScorableAccounts, day: int, grains: tuple[Grain, ...]
) -> dict[Grain, pa.Table]:
    """Every bounded feature of these grains for a UTC day (counted from 1970-01-01), as `build_tables` gives it.

    Reads the view `transfer` and makes `flow` anew, from the first instant that any of the features reaches. What is loaded for
    later days changes nothing; the day computed again gives the same rows.
    """
    chosen = {grain: bounded_features(grain) for grain in grains}
    clock = Clock.of_day(day)
    build_flow(connection, first_us=clock.first_us([feature for features in chosen.values() for feature in features]))
    return build_tables(connection, scorable, chosen, clock=clock)
