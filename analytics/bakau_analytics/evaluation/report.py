"""What `bakau evaluate` prints: chooses by what the truth is, labels per account or planted networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bakau.errors import InputError, NotFoundError
from bakau.progress import SilentProgress
from bakau_analytics.detection import Settings
from bakau_analytics.evaluation import fairness, labels, networks, seeds
from bakau_analytics.evaluation.truth import LABELS_FILE, NETWORKS_FILE, load_labels
from bakau_analytics.indicators.load import load_packs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bakau.progress import Progress
    from bakau_graph.archive import Archive

    Figures = dict[str, float]


def evaluate_truth(
    archive: Archive,
    truth: Path,
    *,
    seed: int = 1,
    question: networks.Question | None = None,
    others: Sequence[Path] = (),
    progress: Progress | None = None,
) -> dict[str, object]:
    """The document for the newest run: ``bakau.evaluation/1`` against planted networks, ``bakau.evaluate/1`` against labels.

    `truth` is a labels file, or a directory with nodes.csv or networks.csv; `others` are documents of other worlds, for intervals.
    Raises NotFoundError when nothing was analysed, InputError when the truth is of neither kind or of another workspace.
    """
    snapshot = archive.snapshot()
    run = snapshot.latest_run()
    if run is None:
        raise NotFoundError("nothing was analysed yet", hint="bakau analyse")
    progress = progress or SilentProgress()
    head: dict[str, object] = {"snapshot": snapshot.label, "run": run.run_id, "is_stale": run.fact_digest != snapshot.digest}
    if truth.is_dir() and (truth / NETWORKS_FILE).is_file():
        question = question or networks.Question(settings=Settings(seed=run.seed))
        known = seeds.load_documents(others)
        found = {"schema": seeds.SCHEMA, **head, **networks.measure(archive, truth, question, progress)}
        return {
            **found,
            "intervals": seeds.intervals([found, *known]) if known else None,
            "over_worlds": seeds.over_worlds([found, *known]) if known else None,
        }
    file = truth / LABELS_FILE if truth.is_dir() else truth
    if not file.is_file():
        raise InputError(f"the truth holds neither {LABELS_FILE} nor {NETWORKS_FILE}", hint="bakau evaluate --help")
    return {"schema": "bakau.evaluate/1", **head, "kind": "labels", **_by_labels(archive, file, Settings(seed=run.seed), seed, progress)}


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
    if report["schema"] != seeds.SCHEMA:
        figures = cast("Figures", report["average_precision"])
        head = f"{report['accounts']:,} labelled accounts, {report['positive']:,} positive, {report['not_in_workspace']:,} not in this workspace"
        return [head, "average precision per account:", *(f"  {value:.3f}  {labels.FIGURES[name]}" for name, value in figures.items())]
    return [*_main_lines(report), *_group_lines(report), *_view_lines(report), *_fairness_lines(report), *_interval_lines(report)]


def _main_lines(report: dict[str, object]) -> list[str]:
    found, accounts = cast("Figures", report["networks"]), cast("Figures", report["accounts"])
    few, adults = cast("dict[str, int]", report["few_payers"]), cast("dict[str, int]", report["sweeping_adults"])
    verdicts = cast("dict[str, int]", report["verdicts"])
    ways: dict[str, Figures] = {**cast("dict[str, Figures]", report["baseline"])}
    if report["ceiling"] is not None:
        ways["ceiling"] = cast("Figures", report["ceiling"])
    first = (
        f"the first {min(cast('int', report['budget']), cast('int', report['findings']))} of {report['findings']} findings of run {report['run']}: "
        f"recall {found['recall']:.3f}, precision {found['precision']:.3f}, "
        f"adults behind swept child accounts {adults['found']} of {adults['planted']}"
    )
    networks_line = (
        f"  {found['recovered']} of {found['planted']} planted networks recovered; of those with few payers, apart, "
        f"{few['named']} of {few['planted']}; out of sight {report['out_of_sight']}"
    )
    beside = [
        f"  {WAYS[name]}: recall {way['recall']:.3f}, precision {way['precision']:.3f}, average precision {way['ap']:.3f}"
        for name, way in ways.items()
    ]
    if report["ceiling"] is None:
        beside.append("  ceiling not measured: --learn-from takes examples of other worlds")
    judged = "  verdicts: " + (", ".join(f"{name} {count}" for name, count in verdicts.items()) or "none")
    return [first, networks_line, judged, f"  average precision per account {accounts['ap']:.3f}", *beside]


#: The simpler and the better informed ways, in words.
WAYS = {
    "amount_count": "many small payments alone",
    "isolation_forest": "isolation forest alone",
    "ceiling": "ceiling (trees taught by the labels of other worlds)",
}


def say(name: str) -> str:
    """The name of a group or figure as a person reads it."""
    return name.replace("_", " ")


def _group_lines(report: dict[str, object]) -> list[str]:
    lines = []
    groupings = cast("dict[str, dict[str, Figures]]", report["by"])
    for name, groups in ((name, groups) for name, groups in groupings.items() if name != networks.VIEWS):
        words = ", ".join(f"{say(group)} {found['recovered']} of {found['planted']}" for group, found in groups.items())
        lines.append(f"  by {say(name)}: {words or 'nothing planted'}")
    alike = cast("dict[str, dict[str, int]]", report["lookalikes"])
    named = ", ".join(f"{say(kind)} {found['named']} of {found['planted']}" for kind, found in alike.items())
    return [*lines, f"  look-alikes named: {named or 'none planted'}"]


def _view_lines(report: dict[str, object]) -> list[str]:
    if report["gain_from_sharing"] is None:
        return []
    gain = cast("Figures", report["gain_from_sharing"])
    seen = cast("dict[str, dict[str, Figures]]", report["by"])[networks.VIEWS]
    lines = [f"  seen by {name}: recall {found['recall']:.3f}" for name, found in seen.items() if name != networks.POOLED]
    return [
        *lines,
        f"  gain from sharing all: {gain['over_best_alone']:+.3f} over the best alone, {gain['over_best_pair']:+.3f} over the best pair",
    ]


def _fairness_lines(report: dict[str, object]) -> list[str]:
    found = cast("dict[str, object] | None", report["fairness"])
    return fairness.to_lines(found) if found else []


def _interval_lines(report: dict[str, object]) -> list[str]:
    found = cast("dict[str, Figures] | None", report["intervals"]) or {}
    lines = [
        f"  {name.replace('.', ' ').replace('_', ' ')} over {values['seeds']} worlds: {values['mean']:.3f} ({values['low']:.3f} to {values['high']:.3f})"
        for name, values in found.items()
    ]
    return lines + worlds_lines(cast("dict[str, object] | None", report["over_worlds"]))


def worlds_lines(found: dict[str, object] | None) -> list[str]:
    """What several worlds say together, see `seeds.over_worlds`; nothing of one alone."""
    if found is None:
        return []
    recall, precision = cast("Figures", found["recall"]), cast("Figures", found["precision"])
    groupings = cast("dict[str, dict[str, Figures]]", found["by"])
    first = (
        f"  over {found['worlds']} worlds: recall {recall['median']:.3f} at the median, {recall['quartile']:.3f} at the lower quartile; "
        f"precision {precision['median']:.3f} and {precision['quartile']:.3f}"
    )
    lines = [first]
    for name, groups in groupings.items():
        lines.append(
            f"    by {say(name)}: " + ", ".join(f"{say(group)} {one['recovered']} of {one['planted']}" for group, one in groups.items())
        )
    weak = cast("list[str]", found["weak"])
    lines.append(f"    found less than half as often as all: {', '.join(map(say, weak)) or 'no crime type, rail or size'}")
    if found["child_gap"] is not None:
        lines.append(f"    recall where a child's account receives, less that of the rest: {found['child_gap']:+.3f}")
    if found["gap_closed"] is not None:
        lines.append(f"    of the way from the isolation forest to the ceiling: {found['gap_closed']:.2f}")
    if found["fairness"] is not None:
        lines += fairness.to_pooled_lines(cast("dict[str, object]", found["fairness"]))
    return lines
