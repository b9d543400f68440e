"""What `bakau evaluate` prints: chooses by what the truth is, labels per account or planted networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bakau.errors import InputError, NotFoundError
from bakau.progress import SilentProgress
from bakau_analytics.detection import Settings
from bakau_analytics.evaluation import labels, planted
from bakau_analytics.evaluation.truth import LABELS_FILE, NETWORKS_FILE, load_labels
from bakau_analytics.indicators.pack import load_packs

if TYPE_CHECKING:
    from pathlib import Path

    from bakau.progress import Progress
    from bakau_graph.archive import Archive


def evaluate_truth(archive: Archive, truth: Path, *, seed: int = 1, progress: Progress | None = None) -> dict[str, object]:
    """The document ``bakau.evaluate/1`` for the newest run. `truth` is a labels file, or a directory with nodes.csv or networks.csv.

    Raises NotFoundError when nothing was analysed, InputError when the truth is of neither kind or of another workspace.
    """
    snapshot = archive.snapshot()
    run = snapshot.latest_run()
    if run is None:
        raise NotFoundError("nothing was analysed yet", hint="bakau analyse")
    head: dict[str, object] = {
        "schema": "bakau.evaluate/1",
        "snapshot": snapshot.label,
        "run": run.run_id,
        "is_stale": run.fact_digest != snapshot.digest,
    }
    if truth.is_dir() and (truth / NETWORKS_FILE).is_file():
        found = planted.measure(planted.load_truth(archive, snapshot, truth), planted.load_ranked(snapshot))
        return {**head, "kind": "planted", **found}
    file = truth / LABELS_FILE if truth.is_dir() else truth
    if not file.is_file():
        raise InputError(f"the truth holds neither {LABELS_FILE} nor {NETWORKS_FILE}", hint="bakau evaluate --help")
    return {**head, "kind": "labels", **_by_labels(archive, file, Settings(seed=run.seed), seed, progress or SilentProgress())}


def _by_labels(archive: Archive, file: Path, settings: Settings, seed: int, progress: Progress) -> dict[str, object]:
    snapshot = archive.snapshot()
    known = load_labels(archive, snapshot, file)
    positive = int(known.positive.sum()) + known.unknown_positive
    figures = labels.measure(snapshot, load_packs(), known, settings=settings, seed=seed, progress=progress)
    return {
        "accounts": len(known.keys) + known.unknown,
        "positive": positive,
        "not_in_workspace": known.unknown,
        "average_precision": figures,
        "meaning": dict(labels.FIGURES),
    }


def to_lines(report: dict[str, object]) -> list[str]:
    """The document as lines for a terminal."""
    if report["kind"] == "labels":
        figures = cast("dict[str, float]", report["average_precision"])
        head = f"{report['accounts']:,} labelled accounts, {report['positive']:,} positive, {report['not_in_workspace']:,} not in this workspace"
        return [head, "average precision per account:", *(f"  {value:.3f}  {labels.FIGURES[name]}" for name, value in figures.items())]
    lines = [f"{report['networks']} planted networks, {report['findings']} findings of run {report['run']}"]
    recall, precision = cast("dict[str, float]", report["recall"]), cast("dict[str, float]", report["precision"])
    adults = cast("dict[str, dict[str, int]]", report["sweeping_adults"])
    for depth in recall:
        found = adults[depth]
        words = f"adults behind swept child accounts {found['found']} of {found['planted']}"
        lines.append(f"{depth.replace('_', ' '):>8}: recall {recall[depth]:.3f}, precision {precision[depth]:.3f}, {words}")
    for title, name in (("recall", "recall_by_scheme"), ("look-alikes named", "lookalikes")):
        for scheme, values in cast("dict[str, dict[str, float]]", report[name]).items():
            lines.append(f"  {title}, {scheme}: " + ", ".join(f"{depth.replace('_', ' ')} {value}" for depth, value in values.items()))
    return lines
