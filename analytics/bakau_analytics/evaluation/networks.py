"""The figures of one run against a planted truth: the document ``bakau.evaluation/1``, built from the readings of ranked lists."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakau_analytics.detection import Settings
from bakau_analytics.evaluation import rivals
from bakau_analytics.evaluation.fairness import measure_fairness
from bakau_analytics.evaluation.labels import average_precision, plain_forest
from bakau_analytics.evaluation.planted import load_truth
from bakau_analytics.evaluation.ranking import Reading, load_ranked, read, share
from bakau_analytics.evaluation.truth import Labels
from bakau_analytics.evaluation.views import View, measure_views
from bakau_analytics.features.build import build_features
from bakau_analytics.indicators.load import load_packs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb
    import numpy.typing as npt
    import pyarrow as pa

    from bakau.progress import Progress
    from bakau_analytics.evaluation.planted import Planted, Truth
    from bakau_graph.archive import Archive, Snapshot

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

#: The grouping that is by who looks, not by what was planted, and the name of everything together in it.
VIEWS, POOLED = "institution_view", "pooled"
#: Networks by the number of their payers: from so many up.
SIZES = (6, 11, 21, 51)
RAILS = """
SELECT network, channel FROM (
    SELECT network, channel, row_number() OVER (PARTITION BY network ORDER BY count(*) DESC, channel) AS place
    FROM transfer JOIN core ON dst_key = account_key GROUP BY network, channel
) WHERE place = 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of an evaluation: how many findings are read, how many institutions are looked at alone, whose examples teach the ceiling,
    whether fairness is measured, and from how many innocents on a group is held to it (None: as `fairness` says).
    """

    budget: int = 100
    institutions: int = 0
    examples: Sequence[Path] = ()
    examples_out: Path | None = None
    fairness: bool = False
    group_size: int | None = None
    settings: Settings = field(default_factory=Settings)


def measure(archive: Archive, folder: Path, question: Question, progress: Progress) -> dict[str, object]:
    """The figures of the newest run; the head of the document is the caller's. Raises what `load_truth` and `load_examples` raise."""
    snapshot = archive.snapshot()
    truth, ranked = load_truth(archive, snapshot, folder), load_ranked(snapshot)
    reading, named = read(truth, ranked, question.budget), frozenset[int]().union(*ranked[: question.budget])
    progress.say("simpler ways")
    with snapshot.connect() as connection:
        scorable = snapshot.scorable()
        features = build_features(connection, scorable, rivals.open_features())
        simple = _simple_ways(connection, features, question)
        rails = load_rails(connection, truth)
    if question.examples_out is not None:
        rivals.write_examples(features, truth, question.examples_out)
    views: list[View] = []
    if question.institutions:
        views = measure_views(
            snapshot, load_packs(), truth, settings=question.settings, budget=question.budget, most=question.institutions, progress=progress
        )
    labels, keys = label(truth, scorable.keys), scorable.keys
    points = load_points(snapshot, keys)
    fair = None
    if question.fairness:
        fair = measure_fairness(
            snapshot, load_packs(), truth, settings=question.settings, budget=question.budget, points=points,
            group_size=question.group_size, progress=progress,
        )  # fmt: skip
    read_simple = {name: _rival(truth, labels, keys, values, question.budget) for name, values in simple.items()}
    return {
        "budget": question.budget,
        "findings": len(ranked),
        "networks": figures(reading),
        "few_payers": _few_payers(truth, named),
        "out_of_sight": sum(not network.core for network in truth.networks),
        "verdicts": dict(sorted(Counter(reading.verdicts).items())),
        "accounts": {"ap": round(average_precision(labels, keys, points), 4), "planted": int(labels.positive.sum())},
        "by": {
            **_groups(truth, reading, rails),
            VIEWS: {POOLED: figures(reading), **{view.name: figures(view.reading) for view in views}},
        },
        "gain_from_sharing": _gain(reading, views) if views else None,
        "sweeping_adults": _sweepers(truth, named),
        "lookalikes": _lookalikes(truth, named),
        "ceiling": read_simple.pop("ceiling", None),
        "baseline": read_simple,
        "recovered_after": reading.recovered_after,
        "fairness": fair,
    }


def figures(reading: Reading) -> dict[str, float]:
    """planted, recovered, recall, precision."""
    return {"planted": reading.planted, "recovered": len(reading.recovered), "recall": reading.recall, "precision": reading.precision}


def label(truth: Truth, keys: Ints) -> Labels:
    """Every scorable account (sorted keys) with whether it was planted."""
    return Labels(keys, rivals.label_accounts(truth, keys), 0, 0)


def load_points(snapshot: Snapshot, keys: Ints) -> Ints:
    """Points of the newest run for each of the sorted `keys`, 0 where it gave none."""
    rows = snapshot.derived("score")
    points = np.zeros(len(keys), np.int64)
    accounts, given = np.asarray(rows["account_key"]), np.asarray(rows["contribution"])
    known = np.isin(accounts, keys)
    np.add.at(points, np.searchsorted(keys, accounts[known]), given[known])
    return points


def load_rails(connection: duckdb.DuckDBPyConnection, truth: Truth) -> dict[str, str]:
    """network_id → the channel by which most payments reach its core; a network that nobody paid has none."""
    import pyarrow as pa

    rows = [(network.network_id, key) for network in truth.networks for key in sorted(network.core)]
    names, keys = [name for name, _ in rows], [key for _, key in rows]
    connection.register("core", pa.table({"network": pa.array(names, pa.string()), "account_key": pa.array(keys, pa.int64())}))
    found = {str(name): str(channel) for name, channel in connection.execute(RAILS).fetchall()}
    connection.unregister("core")
    return found


def size_of(network: Planted) -> str:
    """The band of a network's number of payers, as ``6-10`` or ``51+``."""
    start = max(size for size in SIZES if size <= network.payers)
    after = SIZES[SIZES.index(start) + 1 :]
    return f"{start}-{after[0] - 1}" if after else f"{start}+"


def _simple_ways(connection: duckdb.DuckDBPyConnection, features: pa.Table, question: Question) -> dict[str, Floats | Ints]:
    keys = np.asarray(features["account_key"])
    seed = question.settings.seed
    ways: dict[str, Floats | Ints] = {
        "amount_count": rivals.count_small(connection, keys),
        "isolation_forest": plain_forest(features, rivals.seen(), seed),
    }
    if question.examples:
        ways["ceiling"] = rivals.ceiling(features, question.examples, seed)
    return ways


def _rival(truth: Truth, labels: Labels, keys: Ints, values: Floats | Ints, budget: int) -> dict[str, float]:
    reading = read(truth, rivals.rank_accounts(keys, values, budget), budget)
    return {"recall": reading.recall, "precision": reading.precision, "ap": round(average_precision(labels, keys, values), 4)}


def _few_payers(truth: Truth, named: frozenset[int]) -> dict[str, int]:
    small = [network for network in truth.networks if network.core and network.is_small]
    return {"planted": len(small), "named": sum(bool(network.core & named) for network in small)}


def _groups(truth: Truth, reading: Reading, rails: dict[str, str]) -> dict[str, dict[str, dict[str, float]]]:
    ways: dict[str, Callable[[Planted], str]] = {
        "crime_type": lambda network: network.crime_type,
        "scheme": lambda network: network.scheme,
        "rail": lambda network: rails.get(network.network_id, "none"),
        "size": size_of,
        "receiving_on_child_account": lambda network: network.receives_on,
    }
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, way in ways.items():
        groups: dict[str, list[Planted]] = {}
        for network in truth.large:
            groups.setdefault(way(network), []).append(network)
        found[name] = {group: _group(groups[group], reading) for group in sorted(groups, key=place_of)}
    return found


def place_of(group: str) -> tuple[int, str]:
    """Bands of size by where they begin, names by the alphabet."""
    begins = re.match(r"\d+", group)
    return int(begins[0]) if begins else 0, group


def _group(networks: list[Planted], reading: Reading) -> dict[str, float]:
    recovered = sum(network.network_id in reading.recovered for network in networks)
    return {"planted": len(networks), "recovered": recovered, "recall": share(recovered, min(reading.budget, len(networks)))}


def _gain(pooled: Reading, views: list[View]) -> dict[str, float]:
    """Recall of all together less that of the best institution alone, and of the best pair (of one institution: the best alone)."""
    alone, pairs = ([view.reading.recall for view in views if len(view.institutions) == count] for count in (1, 2))
    return {"over_best_alone": round(pooled.recall - max(alone), 4), "over_best_pair": round(pooled.recall - max(pairs or alone), 4)}


def _sweepers(truth: Truth, named: frozenset[int]) -> dict[str, int]:
    adults = frozenset[int]().union(*(network.sweepers for network in truth.networks))
    return {"planted": len(adults), "found": len(adults & named)}


def _lookalikes(truth: Truth, named: frozenset[int]) -> dict[str, dict[str, int]]:
    return {kind: {"planted": len(alike), "named": len(alike & named)} for kind, alike in truth.lookalikes.items()}
