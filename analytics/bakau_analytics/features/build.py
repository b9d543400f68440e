"""Computes the features of accounts: one wide table, integers only, null where a feature cannot be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.features.catalogue import load_features
from bakau_analytics.flow import ensure_flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import numpy.typing as npt

    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.catalogue import Feature


def build_features(
    connection: duckdb.DuckDBPyConnection, scorable: ScorableAccounts, features: Sequence[Feature] | None = None
) -> pa.Table:
    """Values of features (all by default) for the scorable accounts: ``account_key`` int64, sorted, and one int64 column per feature.

    Reads the table `flow` (see `bakau_analytics.flow`). Counts are 0 where nothing was seen; ratios are null. Money that runs
    through protected accounts counts in their neighbours' values; a protected account itself has no row.
    """
    ensure_flow(connection)
    keys = scorable.keys
    columns: dict[str, pa.Array] = {"account_key": pa.array(keys)}
    for feature in load_features() if features is None else features:
        found = connection.execute(feature.sql).fetchnumpy()
        columns[feature.name] = _align(keys, found, zero=feature.unit == "count" and feature.null == "never")
    return pa.table(columns)


def _align(keys: npt.NDArray[np.int64], found: dict[str, npt.NDArray[np.int64]], *, zero: bool) -> pa.Array:
    """Values in the order of `keys`; accounts that were not found are 0 or null."""
    accounts = np.asarray(found["account_key"], dtype=np.int64)
    values = np.ma.filled(np.ma.asarray(found["value"]).astype(np.int64), 0)
    spot = np.minimum(np.searchsorted(keys, accounts), max(len(keys) - 1, 0))
    known = keys[spot] == accounts if len(keys) else np.zeros(len(accounts), bool)
    result = np.zeros(len(keys), np.int64)
    result[spot[known]] = values[known]
    if zero:
        return pa.array(result)
    missing = np.ones(len(keys), bool)
    missing[spot[known]] = False
    return pa.array(result, mask=missing)
