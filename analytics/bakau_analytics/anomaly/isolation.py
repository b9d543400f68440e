"""Isolation forest (Liu, Ting and Zhou, 2008): which accounts look least like the rest, as an ordering contribution.

The forest never opens or closes a finding; it only says which of the opened ones to read first. Profile features (country, sex,
age …) never reach it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from bakau_analytics.anomaly.order import MOST_POINTS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from bakau.protection import ScorableAccounts
    from bakau_analytics.features.model import ModelFeatures

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


class IsolationOrder(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Scores how unusual rows of an integer feature matrix are; choose it where there are no labels.

    Features are put on a logarithmic scale (sign kept), missing values become the column's median, columns without any value are
    ignored. `trees`, `rows_per_tree` and `most_rows` (rows the forest is grown on, drawn with `random_state`) are stored as given.
    One thread, and rows drawn by what stands in them, so that the same rows in any order give the same numbers.
    """

    def __init__(self, trees: int = 100, rows_per_tree: int = 256, most_rows: int = 100_000, random_state: int | None = 0) -> None:
        self.trees = trees
        self.rows_per_tree = rows_per_tree
        self.most_rows = most_rows
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: N803, ARG002 - scikit-learn's names
        """Grow the forest on a matrix (rows, features); NaN means missing."""
        from sklearn.ensemble import IsolationForest

        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=1)
        scaled = _to_logarithm(matrix)
        known = ~np.isnan(scaled)
        self.medians_ = np.zeros(scaled.shape[1])
        self.medians_[known.any(axis=0)] = np.nanmedian(scaled[:, known.any(axis=0)], axis=0)
        random = np.random.RandomState(self.random_state)
        rows = _order_by_value(matrix)
        if len(rows) > self.most_rows:
            rows = rows[np.sort(random.choice(len(rows), self.most_rows, replace=False))]
        self.forest_ = IsolationForest(
            n_estimators=self.trees, max_samples=min(self.rows_per_tree, len(rows)), random_state=random.randint(2**31 - 1), n_jobs=1
        )
        self.forest_.fit(self._fill(scaled[rows]))
        return self

    def score_samples(self, X: npt.ArrayLike) -> Floats:  # noqa: N803 - scikit-learn's name
        """Float64 per row: the lower, the more unusual (scikit-learn's sign)."""
        check_is_fitted(self)
        matrix = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return np.asarray(self.forest_.score_samples(self._fill(_to_logarithm(matrix))), dtype=np.float64)

    def _fill(self, scaled: Floats) -> Floats:
        return np.where(np.isnan(scaled), self.medians_, scaled)

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _order_by_value(matrix: Floats) -> Ints:
    """Rows in an order that follows from their values alone: accounts are sorted by keys that every workspace draws anew."""
    words = np.zeros(len(matrix), np.uint64)
    for column in np.ascontiguousarray(matrix.T).view(np.uint64):
        words = (words ^ column) * np.uint64(0x9E3779B97F4A7C15)
        words ^= words >> np.uint64(29)
    return np.argsort(words, kind="stable")


def _to_logarithm(matrix: Floats) -> Floats:
    scaled: Floats = np.sign(matrix) * np.log1p(np.abs(matrix))
    return scaled


def to_matrix(features: pa.Table, seen: ModelFeatures) -> Floats:
    """The int64 columns of a feature table that a model may see as float64 (rows, features); null becomes NaN."""
    columns = []
    for name in seen.names:
        column = features[name].combine_chunks()
        values = np.asarray(column.fill_null(0)).astype(np.float64)
        values[np.asarray(column.is_null())] = np.nan
        columns.append(values)
    return np.stack(columns, axis=1) if columns else np.empty((len(features), 0))


def rank_points(unusual: Floats, *, most: int = MOST_POINTS) -> Ints:
    """Integer points by rank alone: two for every halving of the share of accounts that are at least as unusual, at most `most`.

    The upper half of the accounts is worth 2 and more, the top quarter 4, the top thousandth 20; ties share the lower number.
    """
    if not len(unusual):
        return np.empty(0, np.int64)
    ordered = np.sort(unusual)
    at_least = len(unusual) - np.searchsorted(ordered, unusual, side="left")
    bits = np.log2(len(unusual) / at_least)
    return np.minimum(np.floor(2 * bits + 1e-9).astype(np.int64), most)


def unusual_points(features: pa.Table, scorable: ScorableAccounts, seen: ModelFeatures, *, seed: int, most: int = MOST_POINTS) -> Ints:
    """Points 0..`most` for each scorable account, in the order of its keys. `features`: account_key and the int64 columns in `seen`."""
    if not len(scorable) or not len(seen):
        return np.zeros(len(scorable), np.int64)
    if not np.array_equal(np.asarray(features["account_key"]), scorable.keys):
        raise ValueError("the features are not those of the scorable accounts")
    matrix = to_matrix(features, seen)
    order = IsolationOrder(random_state=seed).fit(matrix)
    return rank_points(np.round(-order.score_samples(matrix), 9), most=most)
