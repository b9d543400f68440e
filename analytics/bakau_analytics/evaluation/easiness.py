"""Refuses a world that is too easy: what the simplest means reach when they may look at the truth, and the ceiling of strong ones.

A world passes when no single feature, no published rule and no tree of depth three reaches a precision of one half among the first accounts, when
amounts and counts tuned on other worlds recall at most 0.4 of the networks, and when look-alikes outnumber the guilty ten to one in the region
they imitate. All bounds are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

DEPTH = 100
MOST_PRECISION, MOST_RECALL, LEAST_RATIO = 0.5, 0.4, 10.0
#: Innocent accounts of other worlds that the ceiling learns from.
LEARNT_FROM = 12_000

#: Published red flags as conditions on the guard's features, and what puts their hits in order (ids of the catalogue in `indicators list`).
RULES: dict[str, tuple[tuple[tuple[str, float, float], ...], str]] = {
    "LSC-01 small sums abroad": ((("small_abroad_out", 4, np.inf),), "small_abroad_out"),
    "LSC-04 fan-out abroad": ((("receivers_abroad", 3, np.inf), ("median_abroad_out", 0, 20_000)), "receivers_abroad"),
    "LSC-06 pays at night": ((("night_out", 0.6, 1), ("payments_out", 5, np.inf)), "night_abroad_out"),
    "LSC-12 burst sent": ((("burst_out", 3, np.inf), ("payments_abroad_out", 1, np.inf)), "burst_out"),
    "LSC-13 small senders abroad": ((("small_senders_abroad", 5, np.inf),), "small_senders_abroad"),
    "FAC-01 fan-in from abroad": ((("senders_abroad", 8, np.inf),), "senders_abroad"),
    "FAC-03 cash-out soon": ((("onward_24h", 0.8, 1), ("senders_abroad", 3, np.inf)), "payments_abroad_in"),
    "FAC-07 shared senders": ((("most_shared_senders", 3, np.inf),), "most_shared_senders"),
    "FAC-09 few prices": ((("top_prices", 0.6, 1), ("senders_abroad", 3, np.inf)), "payments_abroad_in"),
    "FAC-10 several source countries": ((("corridors_in", 3, np.inf),), "corridors_in"),
    "FSX-06 onward within hours": ((("onward_6h", 0.9, 1), ("passed_on", 0.9, 1.1)), "senders"),
    "FSX-10 new account, short use": ((("opened_day", -30, np.inf), ("days_in", 0, 45), ("payments_in", 5, np.inf)), "payments_in"),
    "NET-02 pass-through": ((("passed_on", 0.9, 1.02), ("dwell_hours", 0, 24)), "payments_in"),
    "VIC-06 sweeps protected accounts": ((("senders_through_protected", 3, np.inf),), "senders_through_protected"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One world: features (rows × names, NaN where unknown), and per row whether the account is in a scheme (core or consumer), its role and
    networks. `networks` holds per network the rows of its core.
    """

    names: tuple[str, ...]
    values: Floats
    guilty: Flags
    role: tuple[str, ...]
    networks: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Easiness:
    """What was reached: name → figure, the reasons to refuse, and the ceiling."""

    depth: int
    features: dict[str, float]
    rules: dict[str, float]
    tree: float
    amount_count_recall: float
    ratios: dict[str, float]
    ceiling: dict[str, float]
    refused: tuple[str, ...] = field(default=())


def make_sample(features: pa.Table, planted: pa.Table) -> Sample:
    """Join features (``key`` and numbers) and truth (network_id, role, in_core, key) of one world."""
    names = tuple(name for name in features.column_names if name != "key")
    keys = np.asarray(features["key"], np.int64)
    values = np.column_stack([np.asarray(features[name].cast("float64").fill_null(np.nan)) for name in names])
    spot = np.searchsorted(keys, np.asarray(planted["key"], np.int64))
    known = (spot < len(keys)) & (keys[np.minimum(spot, len(keys) - 1)] == np.asarray(planted["key"]))
    guilty = np.zeros(len(keys), bool)
    guilty[spot[known]] = True
    role = [""] * len(keys)
    cores: dict[str, list[int]] = {}
    rows = zip(spot.tolist(), known.tolist(), planted["network_id"].to_pylist(), planted["role"].to_pylist(), planted["in_core"].to_pylist(), strict=True)  # fmt: skip
    for place, is_known, network, part, in_core in rows:
        if is_known:
            role[place] = role[place] or part
            if in_core:
                cores.setdefault(network, []).append(place)
    return Sample(names, values, guilty, tuple(role), tuple(np.array(core, np.int64) for core in cores.values()))


def judge(sample: Sample, others: Sequence[Sample], *, seed: int = 1) -> Easiness:
    """Measure a world; `others` are worlds of other seeds for what is tuned or trained. `seed` drives the models."""
    depth = max(10, min(DEPTH, int(sample.guilty.sum()) // 2))
    features = {name: _best_end(sample, place, depth) for place, name in enumerate(sample.names)}
    rules = {name: _precision(sample.guilty, _rule_score(sample, *rule), depth) for name, rule in RULES.items()}
    tree = _precision(sample.guilty, _tree_score(sample, seed), depth)
    amount_count = _tuned_recall(sample, others, depth)
    ratios = _ratios(sample)
    made = Easiness(depth, features, rules, tree, amount_count, ratios, _ceiling(sample, others, depth, seed))
    return Easiness(depth, features, rules, tree, amount_count, ratios, made.ceiling, tuple(_reasons(made)))


def _reasons(made: Easiness) -> list[str]:
    reasons = [
        f"the feature {name} alone reaches precision {value:.2f}" for name, value in made.features.items() if value >= MOST_PRECISION
    ]
    reasons += [f"the rule {name} alone reaches precision {value:.2f}" for name, value in made.rules.items() if value >= MOST_PRECISION]
    if made.tree >= MOST_PRECISION:
        reasons.append(f"a tree of depth three reaches precision {made.tree:.2f}")
    if made.amount_count_recall > MOST_RECALL:
        reasons.append(f"amounts and counts tuned on other worlds recall {made.amount_count_recall:.2f} of the networks")
    reasons += [f"only {value:.1f} look-alikes for one {name}" for name, value in made.ratios.items() if value < LEAST_RATIO]
    return reasons


def _top(score: Floats, depth: int) -> Ints:
    """Rows of the highest scores; NaN never; ties in the order of a fixed shuffle, so that row order tells nothing."""
    shuffled = np.random.default_rng(0).permutation(len(score))
    usable = np.where(np.isnan(score), -np.inf, score)[shuffled]
    order = np.argsort(-usable, kind="stable")[:depth]
    return shuffled[order[np.isfinite(usable[order])]]


def _precision(guilty: Flags, score: Floats, depth: int) -> float:
    return round(float(guilty[_top(score, depth)].sum()) / depth, 4)


def _best_end(sample: Sample, place: int, depth: int) -> float:
    """The higher of the precisions at the high and at the low end."""
    values = sample.values[:, place]
    return max(_precision(sample.guilty, values, depth), _precision(sample.guilty, -values, depth))


def _rule_score(sample: Sample, conditions: tuple[tuple[str, float, float], ...], order: str) -> Floats:
    hit = np.ones(len(sample.guilty), bool)
    for name, low, high in conditions:
        values = sample.values[:, sample.names.index(name)]
        hit &= (values >= low) & (values <= high)
    return np.where(hit, sample.values[:, sample.names.index(order)], np.nan)


def _filled(values: Floats) -> Floats:
    return np.nan_to_num(values, nan=-1.0)


def _tree_score(sample: Sample, seed: int) -> Floats:
    """A tree of depth three fitted on the truth of the very world it is asked about."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=seed).fit(_filled(sample.values), sample.guilty)
    found: Floats = tree.predict_proba(_filled(sample.values))[:, 1]
    return found


def _tuned_recall(sample: Sample, others: Sequence[Sample], depth: int) -> float:
    """Networks with a core account among the first, ranked by count within an amount band; bands and feature tuned on the other worlds."""
    best, chosen = -1.0, None
    for count in ("payments_in", "senders", "small_senders_abroad", "payments_abroad_in"):
        for low in (500, 2_000, 4_000):
            for high in (8_000, 15_000, 30_000, 100_000):
                found = float(np.mean([_band_recall(other, count, low, high, depth) for other in others]))
                if found > best:
                    best, chosen = found, (count, low, high)
    return _band_recall(sample, *chosen, depth) if chosen else 0.0


def _band_recall(sample: Sample, count: str, low: float, high: float, depth: int) -> float:
    median = sample.values[:, sample.names.index("median_in")]
    score = np.where((median >= low) & (median <= high), sample.values[:, sample.names.index(count)], np.nan)
    top = set(_top(score, depth).tolist())
    return round(sum(bool(top & set(core.tolist())) for core in sample.networks) / max(1, len(sample.networks)), 4)


#: Regions that look-alikes imitate: roles, and the features that draw the box (from the 10th to the 90th percentile of those roles).
REGIONS = {
    "receiver": (("facilitator", "receiver", "sweep"), ("payments_in", "senders", "median_in", "onward_24h")),
    "consumer": (("consumer",), ("payments_abroad_out", "median_abroad_out", "receivers_abroad")),
    "mule": (("mule",), ("senders", "onward_24h", "median_in")),
}


def _ratios(sample: Sample) -> dict[str, float]:
    """Innocent accounts for one guilty one of the role, inside the box of that role."""
    found = {}
    for name, (roles, features) in REGIONS.items():
        mine = np.array([role in roles for role in sample.role])
        if mine.sum() < 5:
            continue
        box = np.ones(len(mine), bool)
        for feature in features:
            values = sample.values[:, sample.names.index(feature)]
            low, high = np.nanpercentile(values[mine], [10, 90])
            box &= (values >= low) & (values <= high)
        found[name] = round(float((box & ~sample.guilty).sum()) / max(1, int((box & mine).sum())), 1)
    return found


def _ceiling(sample: Sample, others: Sequence[Sample], depth: int, seed: int) -> dict[str, float]:
    """Boosted trees trained on the labels of other worlds: average precision, precision and networks found at the depth.

    Single-threaded and seeded, so the figure is the same everywhere; of the innocent accounts a random part is enough to learn from.
    """
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.metrics import average_precision_score

    if not others:
        return {}
    values, labels = np.concatenate([other.values for other in others]), np.concatenate([other.guilty for other in others])
    innocent = np.random.default_rng([seed, 5]).permutation(np.flatnonzero(~labels))[:LEARNT_FROM]
    rows = np.concatenate([np.flatnonzero(labels), innocent])
    model = GradientBoostingClassifier(
        n_estimators=120, learning_rate=0.08, max_depth=4, subsample=0.5, min_samples_leaf=15, random_state=seed
    )
    score = model.fit(_filled(values[rows]), labels[rows]).predict_proba(_filled(sample.values))[:, 1]
    top = set(_top(score, depth).tolist())
    return {
        "average_precision": round(float(average_precision_score(sample.guilty, score)), 4),
        "precision": _precision(sample.guilty, score, depth),
        "network_recall": round(sum(bool(top & set(core.tolist())) for core in sample.networks) / max(1, len(sample.networks)), 4),
    }
