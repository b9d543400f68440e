"""Over several worlds: the same figures of other worlds, put beside those of this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import numpy as np

from bakau.errors import FileError, InputError, Place
from bakau_analytics.evaluation.fairness import pool_fairness
from bakau_analytics.evaluation.networks import VIEWS, place_of
from bakau_analytics.evaluation.ranking import share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA = "bakau.evaluation/1"
#: The figures that get an interval: where they stand in the document.
FIGURES = (
    ("networks", "recall"), ("networks", "precision"), ("accounts", "ap"), ("ceiling", "recall"), ("ceiling", "ap"),
    ("baseline", "amount_count", "recall"), ("baseline", "isolation_forest", "recall"),
)  # fmt: skip
#: A two-sided interval by Student's t.
LEVEL = 0.95
#: Groups of networks none of which may be found less than half as often as all.
HELD = ("crime_type", "rail", "size")
#: The group of networks on whose child's account money is received, and the others.
CHILD_GROUPING, CHILD = "receiving_on_child_account", "child"


def load_documents(paths: Sequence[Path]) -> list[dict[str, object]]:
    """Documents that `bakau evaluate --json` printed for other worlds. FileError when one is something else."""
    found = []
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FileError("no JSON document", at=Place(path.name)) from error
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise FileError(f"not a document {SCHEMA}", at=Place(path.name), hint="bakau evaluate --json prints them")
        found.append(document)
    return found


def intervals(documents: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    """For every figure that all documents have: seeds, mean, and the ends of its 95 % interval over worlds (cut to 0 and 1).

    InputError when the documents read different numbers of findings.
    """
    if len({document["budget"] for document in documents}) > 1:
        raise InputError("the evaluations to be put together have different budgets", hint="bakau evaluate --budget N")
    found: dict[str, dict[str, float]] = {}
    for path in FIGURES:
        values = [value for document in documents if (value := _look_up(document, path)) is not None]
        if len(values) == len(documents):
            found[".".join(path)] = interval(values)
    return found


def over_worlds(documents: Sequence[dict[str, object]]) -> dict[str, object]:
    """What several worlds say together.

    worlds; recall and precision: median and lower quartile over worlds; `by`: networks planted and recovered of each group in all worlds
    (`planted`, `recovered`, `recall`); `weak`: groups of HELD that are found less than half as often as all networks; `child_gap`: recall of
    networks that receive on a child's account less that of the rest, null without both; `gap_closed`: of the way from the isolation forest
    to the ceiling, in mean recall, null where no ceiling was measured or it lies no higher; `fairness`: the innocents of all worlds held to
    the gates together (`pool_fairness`), null unless each world was asked.
    """
    by: dict[str, dict[str, list[int]]] = {}
    for document in documents:
        groupings = cast("dict[str, dict[str, dict[str, int]]]", document["by"])
        for grouping in groupings.keys() - {VIEWS}:
            for group, found in groupings[grouping].items():
                counts = by.setdefault(grouping, {}).setdefault(group, [0, 0])
                counts[0], counts[1] = counts[0] + found["planted"], counts[1] + found["recovered"]
    pooled = {
        grouping: {group: _recall(*groups[group]) for group in sorted(groups, key=place_of)} for grouping, groups in sorted(by.items())
    }
    networks = [cast("dict[str, int]", document["networks"]) for document in documents]
    headline = _recall(sum(each["planted"] for each in networks), sum(each["recovered"] for each in networks))["recall"]
    weak = [f"{name} {group}" for name in HELD for group, found in pooled.get(name, {}).items() if found["recall"] * 2 < headline]
    child = by.get(CHILD_GROUPING, {}).get(CHILD, [0, 0])
    rest = [sum(each["planted"] for each in networks) - child[0], sum(each["recovered"] for each in networks) - child[1]]
    return {
        "worlds": len(documents),
        "recall": _spread(documents, ("networks", "recall")),
        "precision": _spread(documents, ("networks", "precision")),
        "by": pooled,
        "weak": weak,
        "child_gap": round(_recall(*child)["recall"] - _recall(*rest)["recall"], 4) if child[0] and rest[0] else None,
        "gap_closed": _gap_closed(documents),
        "fairness": _fairness(documents),
    }


def _fairness(documents: Sequence[dict[str, object]]) -> dict[str, object] | None:
    found = [cast("dict[str, object] | None", document.get("fairness")) for document in documents]
    asked = [each for each in found if each]
    return pool_fairness(asked) if asked and len(asked) == len(found) else None


def _recall(planted: int, recovered: int) -> dict[str, float]:
    return {"planted": planted, "recovered": recovered, "recall": share(recovered, planted)}


def _spread(documents: Sequence[dict[str, object]], path: Sequence[str]) -> dict[str, float]:
    values = [value for document in documents if (value := _look_up(document, path)) is not None]
    median, quartile = np.quantile(values, [0.5, 0.25]).tolist()
    return {"median": round(median, 4), "quartile": round(quartile, 4)}


def _gap_closed(documents: Sequence[dict[str, object]]) -> float | None:
    ways = (("networks", "recall"), ("baseline", "isolation_forest", "recall"), ("ceiling", "recall"))
    rows = [[_look_up(document, way) for way in ways] for document in documents]
    if any(value is None for row in rows for value in row):
        return None
    ours, forest, ceiling = np.mean(np.array(rows, np.float64), axis=0).tolist()
    return round((ours - forest) / (ceiling - forest), 4) if ceiling > forest else None


def interval(values: Sequence[float]) -> dict[str, float]:
    """seeds, mean, low, high of a figure measured on several worlds (at least two)."""
    from scipy.stats import t

    mean = float(np.mean(values))
    half = float(t.ppf((1 + LEVEL) / 2, len(values) - 1)) * float(np.std(values, ddof=1)) / len(values) ** 0.5
    return {
        "seeds": len(values),
        "mean": round(mean, 4),
        "low": round(max(mean - half, 0.0), 4),
        "high": round(min(mean + half, 1.0), 4),
    }


def _look_up(document: dict[str, object], path: Sequence[str]) -> float | None:
    value: object = document
    for name in path:
        if not isinstance(value, dict) or value.get(name) is None:
            return None
        value = cast("dict[str, object]", value)[name]
    return float(value) if isinstance(value, int | float) else None
