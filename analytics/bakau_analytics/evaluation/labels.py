"""Agreement with labels per account: average precision of the score, with and without amounts, beside the simplest rules.

Amounts are taken away in two ways, because simulators leak through them: removed (rules and features that need them fall silent),
and permuted over the transfers with a fixed seed, so that their distribution stays and their meaning goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_analytics.anomaly.isolation import to_matrix
from bakau_analytics.detection import Settings, model_features, score_accounts
from bakau_analytics.indicators.pack import PackSet

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from bakau.progress import Progress
    from bakau_analytics.detection import Scores
    from bakau_analytics.evaluation.truth import Labels
    from bakau_analytics.features.model import ModelFeatures
    from bakau_graph.archive import Snapshot

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

TRIVIAL = """
SELECT account_key, CAST(min(amount_minor) AS BIGINT) AS least FROM (
    SELECT src_key AS account_key, amount_minor FROM transfer UNION ALL SELECT dst_key, amount_minor FROM transfer
) WHERE amount_minor IS NOT NULL GROUP BY account_key
"""

#: What each figure is, in the order in which they are shown.
FIGURES = {
    "full": "full score",
    "amounts_removed": "full score, amounts removed",
    "amounts_permuted": "full score, amounts permuted over the transfers",
    "rules": "indicators alone",
    "trivial": "trivial rule: smallest amount that touches the account",
    "isolation_forest": "isolation forest (scikit-learn defaults), all features",
    "isolation_forest_without_amounts": "isolation forest (scikit-learn defaults), amount-free features",
}


def average_precision(labels: Labels, keys: Ints, values: Floats | Ints) -> float:
    """Average precision of `values` (higher means more suspect; aligned with sorted `keys`) over all labelled accounts.

    Labelled accounts without a value come last, tied. Protected accounts have none and are left out of neither side.
    """
    from sklearn.metrics import average_precision_score

    lowest = float(np.min(values)) - 1 if len(values) else 0.0
    scored = np.full(len(labels.keys), lowest)
    if len(keys):
        spot = np.minimum(np.searchsorted(keys, labels.keys), len(keys) - 1)
        known = keys[spot] == labels.keys
        scored[known] = np.asarray(values, np.float64)[spot[known]]
    scored = np.concatenate([scored, np.full(labels.unknown, lowest)])
    positive = np.concatenate([labels.positive, np.arange(labels.unknown) < labels.unknown_positive])
    return float(average_precision_score(positive, scored))


def measure(snapshot: Snapshot, packs: PackSet, labels: Labels, *, settings: Settings, seed: int, progress: Progress) -> dict[str, float]:
    """FIGURES → average precision, all computed in one go on one snapshot. `seed` drives the permutation and the plain forests."""
    scorable = snapshot.scorable()
    silent = PackSet(tuple(rule for rule in packs.rules if not rule.uses_amounts))
    found: dict[str, float] = {}
    with snapshot.connect() as connection:
        progress.say("with all features")
        full = score_accounts(connection, packs, scorable, settings)
        keys = full.scorable.keys  # who stands in review has no number and is not among them; without amounts that may be others
        found["full"] = average_precision(labels, keys, _total(full))
        found["rules"] = average_precision(labels, keys, full.contributions.rule_points)
        found["trivial"] = _trivial(connection, labels)
        found["isolation_forest"] = average_precision(labels, keys, plain_forest(full.features, model_features(), seed))
        progress.say("without amounts")
        bare = score_accounts(connection, silent, scorable, settings, amounts=False)
        found["amounts_removed"] = average_precision(labels, bare.scorable.keys, _total(bare))
        plain = plain_forest(bare.features, model_features(amounts=False), seed)
        found["isolation_forest_without_amounts"] = average_precision(labels, bare.scorable.keys, plain)
        progress.say("with amounts permuted")
        permute_amounts(connection, seed)
        mixed = score_accounts(connection, packs, scorable, settings)
        found["amounts_permuted"] = average_precision(labels, mixed.scorable.keys, _total(mixed))
    return {name: round(found[name], 4) for name in FIGURES}


def _total(scores: Scores) -> Ints:
    """Points of each account that was scored, in the order of its keys."""
    made = scores.contributions
    return made.rule_points + made.model_points


def _trivial(connection: duckdb.DuckDBPyConnection, labels: Labels) -> float:
    rows = connection.execute(TRIVIAL).fetchnumpy()
    keys, least = np.asarray(rows["account_key"], np.int64), np.asarray(rows["least"], np.int64)
    order = np.argsort(keys)
    return average_precision(labels, keys[order], -least[order])


def plain_forest(features: pa.Table, seen: ModelFeatures, seed: int) -> Floats:
    """scikit-learn's isolation forest as it comes, on the raw features (missing values as the column's median): higher is more unusual."""
    from sklearn.ensemble import IsolationForest

    matrix = to_matrix(features, seen)
    matrix = matrix[:, ~np.isnan(matrix).all(axis=0)]
    filled = np.where(np.isnan(matrix), np.nanmedian(matrix, axis=0), matrix)
    scores: Floats = -IsolationForest(random_state=seed, n_jobs=1).fit(filled).score_samples(filled)
    return scores


def permute_amounts(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Shuffle the amounts over the transfers of this connection: `transfer` becomes a table of its own, nothing stored changes."""
    rows = connection.sql("SELECT * FROM transfer ORDER BY transfer_id").to_arrow_table().combine_chunks()
    order = np.random.default_rng(seed).permutation(len(rows))
    place = rows.column_names.index("amount_minor")
    mixed = rows.set_column(place, "amount_minor", rows["amount_minor"].take(pa.array(order)))
    connection.execute("ALTER VIEW transfer RENAME TO transfer_as_stated")
    connection.register("transfer", mixed)
