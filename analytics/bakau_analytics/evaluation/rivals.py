"""What a run is measured beside: the simplest rule, a plain isolation forest, and the ceiling.

The *ceiling* is what boosted trees reach that were trained on the labels of other worlds: more than any detection without labels can
hope for. Their examples come from files that `bakau evaluate --examples` wrote on those worlds; they hold features and labels, never
an account. Each of the three ranks accounts, and each account it names counts as a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bakau.errors import FileError, Place
from bakau_analytics.anomaly.isolation import to_matrix
from bakau_analytics.detection import model_features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    import numpy.typing as npt

    from bakau_analytics.evaluation.planted import Truth

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

#: Column of an examples file that says whether the account was planted.
LABEL = "planted"
#: Many small payments: how many an account receives that are no larger than half of all payments in that currency (a default of ours).
AMOUNT_COUNT = """
WITH small AS (SELECT currency, quantile_disc(amount, 0.5) AS most FROM flow WHERE amount IS NOT NULL GROUP BY currency)
SELECT dst AS account_key, count(*) AS value FROM flow JOIN small USING (currency) WHERE amount <= most GROUP BY dst
"""


def count_small(connection: duckdb.DuckDBPyConnection, keys: Ints) -> Ints:
    """For each of `keys` (sorted) how many small payments it receives. Reads `flow`."""
    found = connection.execute(AMOUNT_COUNT).fetchnumpy()
    accounts, values = np.asarray(found["account_key"], np.int64), np.asarray(found["value"], np.int64)
    known = np.isin(accounts, keys)
    counted = np.zeros(len(keys), np.int64)
    counted[np.searchsorted(keys, accounts[known])] = values[known]
    return counted


def rank_accounts(keys: Ints, values: Floats | Ints, budget: int) -> list[frozenset[int]]:
    """The first `budget` accounts by value, highest first, ties by key, each a finding of its own."""
    order = np.lexsort((keys, -np.asarray(values, np.float64)))[:budget]
    return [frozenset({int(key)}) for key in keys[order]]


def label_accounts(truth: Truth, keys: Ints) -> npt.NDArray[np.bool_]:
    """True for members (core or consumers) of planted networks."""
    members = frozenset[int]().union(*(network.members for network in truth.networks))
    return np.isin(keys, np.fromiter(members, np.int64, len(members)))


def write_examples(features: pa.Table, truth: Truth, path: Path) -> None:
    """The model's features of every scorable account and its label, as Parquet; no account key. FileError when it cannot be written."""
    labels = pa.array(label_accounts(truth, np.asarray(features["account_key"])))
    try:
        pq.write_table(features.select(model_features()).append_column(LABEL, labels), path)
    except OSError as error:
        raise FileError("the examples cannot be written", at=Place(path.name)) from error


def load_examples(paths: Sequence[Path]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Features (accounts × features, NaN where not evaluable) and labels of other worlds. FileError for a file of another kind."""
    names = [*model_features(), LABEL]
    parts = []
    for path in paths:
        try:
            parts.append(pq.read_table(path, columns=names, partitioning=None).select(names))
        except (OSError, KeyError, pa.ArrowException) as error:
            raise FileError(
                "no examples of this version", at=Place(path.name), hint="bakau evaluate --examples FILE writes them"
            ) from error
    table = pa.concat_tables(parts)
    return to_matrix(table, names[:-1]), np.asarray(table[LABEL])


def ceiling(features: pa.Table, examples: Sequence[Path], seed: int) -> Floats:
    """Probability, for every account of `features`, by boosted trees trained on the examples of other worlds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    matrix, labels = load_examples(examples)
    model = HistGradientBoostingClassifier(random_state=seed, early_stopping=False).fit(matrix, labels)
    found: Floats = model.predict_proba(to_matrix(features, model_features()))[:, -1]
    return found
