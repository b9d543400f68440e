"""Intervals over seeds: the same figures of other worlds, put beside those of this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import numpy as np

from bakau.errors import FileError, InputError, Place

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
