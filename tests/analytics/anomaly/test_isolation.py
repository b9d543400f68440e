from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from bakau.protection import ProtectionSet
from bakau_analytics.anomaly.isolation import IsolationOrder, rank_points, to_matrix, unusual_points
from bakau_analytics.anomaly.order import MOST_POINTS
from bakau_analytics.features.catalogue import load_features
from bakau_analytics.features.model import ModelFeatures


@parametrize_with_checks([IsolationOrder(trees=5)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_it_behaves_as_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def crowd(count=400, seed=0):
    random = np.random.default_rng(seed)
    matrix = random.poisson(5, size=(count, 4)).astype(float)
    matrix[-1] = [900, 0, 4_000, 70]
    return matrix


def table_of(matrix):
    columns = {"account_key": pa.array(np.arange(len(matrix)))}
    return pa.table(columns | {f"f{place}": pa.array(matrix[:, place].astype(np.int64)) for place in range(matrix.shape[1])})


def seen(*columns):
    """What a model may see, under other names."""
    known = next(feature for feature in load_features() if not feature.profile)
    return ModelFeatures.of([replace(known, columns=columns)])


def test_the_odd_one_out_is_the_most_unusual():
    scores = IsolationOrder(random_state=3).fit(crowd()).score_samples(crowd())
    assert int(np.argmin(scores)) == len(scores) - 1


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    first, same, other = (IsolationOrder(random_state=seed).fit(crowd()).score_samples(crowd()) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("most_rows", [100_000, 150])
def test_rows_in_another_order_give_the_same_numbers(most_rows):
    order = np.random.default_rng(7).permutation(400)
    first, second = (IsolationOrder(random_state=1, most_rows=most_rows).fit(rows) for rows in (crowd(), crowd()[order]))
    assert np.array_equal(first.score_samples(crowd()), second.score_samples(crowd()))


def test_missing_values_become_the_median_and_empty_columns_do_not_matter():
    matrix = crowd()
    holes = np.column_stack([matrix, np.full(len(matrix), np.nan)])
    holes[0, 0] = np.nan
    scores = IsolationOrder(random_state=1).fit(holes).score_samples(holes)
    assert np.isfinite(scores).all()


def test_it_is_grown_on_a_sample_and_scores_everybody():
    scores = IsolationOrder(most_rows=50, random_state=1).fit(crowd()).score_samples(crowd())
    assert len(scores) == 400
    assert int(np.argmin(scores)) == 399


def test_nulls_reach_the_matrix_as_missing():
    table = pa.table({"account_key": [1, 2], "f": pa.array([None, 3], pa.int64())})
    assert np.isnan(to_matrix(table, seen("f"))[0, 0])


@given(st.lists(st.floats(-1, 1, width=16), max_size=200))
def test_points_follow_rank_alone_and_stay_within_their_bounds(values):
    unusual = np.array(values)
    points = rank_points(unusual)
    assert len(points) == len(values)
    assert ((points >= 0) & (points <= MOST_POINTS)).all()
    assert np.array_equal(points, rank_points(unusual * 8 - 3))
    order = np.argsort(unusual)
    assert (np.diff(points[order]) >= 0).all()
    for value in set(values):
        assert len(set(points[unusual == value].tolist())) == 1


def test_every_halving_of_the_rank_is_worth_two_points():
    points = rank_points(np.arange(1024, dtype=float))
    assert points[-1] == 20
    assert points[512] == 2
    assert points[768] == 4
    assert points[0] == 0


def test_only_the_features_of_scorable_accounts_are_taken():
    scorable = ProtectionSet.empty().scorable(np.arange(399))
    with pytest.raises(ValueError, match="not those of the scorable"):
        unusual_points(table_of(crowd()), scorable, seen("f0"), seed=1)
    everybody = ProtectionSet.empty().scorable(np.arange(400))
    assert unusual_points(table_of(crowd()), everybody, seen(*(f"f{n}" for n in range(4))), seed=1)[399] >= 16
    assert not unusual_points(table_of(crowd()), everybody, seen(), seed=1).any()
