"""The wide table of a grain, put together feature by feature as each is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.columns import one_chunk
from bakau_analytics.features.catalogue import Grain
from bakau_analytics.features.places import Places
from bakau_analytics.features.plan import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_analytics.features.catalogue import Feature

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


class Collected:
    """What is known of one grain so far: its keys, and the columns of features beside them, in whatever order they come."""

    def __init__(self, grain: Grain, features: Sequence[Feature]) -> None:
        self._grain = grain
        self._features = {feature.name: feature for feature in features}
        self._keys: list[pa.Array] = []
        self._places: Places | None = None
        self._columns: dict[str, pa.Array] = dict.fromkeys(column for feature in features for column in feature.columns)
        self._waiting: list[tuple[Feature, pa.Table]] = []

    @property
    def queries(self) -> list[Query]:
        """What is to be computed: who has a row, and each feature."""
        return [Query(f"rows_{self._grain}", _ROWS[self._grain][1])] + [Query(one.name, one.steps) for one in self._features.values()]

    def text(self, name: str) -> str:
        """The SQL of one of them, with the keys of the grain and its numbers as 64 bits; keys alone are sorted."""
        keys = [f"CAST({key} AS BIGINT) AS {key}" for key in self._grain.keys]
        if name not in self._features:
            return f"SELECT {', '.join(keys)} FROM ({_ROWS[self._grain][0]}) ORDER BY {', '.join(self._grain.keys)}"
        feature = self._features[name]
        numbers = [f"CAST({one} AS BIGINT) AS {one}" for one in map(feature.select, feature.columns)]
        return f"SELECT {', '.join(keys + numbers)} FROM ({feature.sql})"

    def take(self, name: str, rows: pa.Table) -> None:
        """Its rows, all int64; those of a feature in any order."""
        if name in self._features:
            self._add(self._features[name], rows)
            return
        self._keys = [one_chunk(rows[key]) for key in self._grain.keys]
        self._places = Places(self._keys)
        for feature, waiting in self._waiting:
            self._add(feature, waiting)
        self._waiting.clear()

    def _add(self, feature: Feature, rows: pa.Table) -> None:
        if self._places is None:
            self._waiting.append((feature, rows))
            return
        way = self._places.find([one_chunk(rows[key]) for key in self._grain.keys])
        for column in feature.columns:
            values = one_chunk(rows[feature.select(column)])
            taken = values if way is None else way.take(values)
            self._columns[column] = taken.fill_null(0) if feature.is_zero_when_missing else taken

    def table(self) -> pa.Table:
        """The keys, and every column of every feature in their order."""
        return pa.table(dict(zip(self._grain.keys, self._keys, strict=True)) | self._columns)
