"""Checks a made world: its figures against the published ones (the generator's layer), and that it is not too easy (analytics).

The two layers do not know each other: this module lays the world out as tables for both, and makes the small worlds of other seeds on
which the guard tunes and trains.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import FileError, Place
from bakau_analytics.evaluation.easiness import MOST_PRECISION, MOST_RECALL, Easiness, Sample, judge, make_sample
from bakau_analytics.evaluation.guard_features import build_guard_features
from bakau_ingest.world.calibration import calibrate
from bakau_ingest.world.make import Order, make_world
from bakau_ingest.world.reading import open_world

if TYPE_CHECKING:
    import duckdb

    from bakau.progress import Progress
    from bakau_ingest.world.calibration import Drawn

#: Accounts of the worlds of other seeds at most, and how many of them.
OTHER_ACCOUNTS, OTHERS = 60_000, 2
#: Look-alike groups there must be for every planted network.
LEAST_GROUPS = 3
#: Whoever is under 18 on the world's last day has an account that may not be named.
_PROTECTED = """
CREATE OR REPLACE TABLE protected AS SELECT DISTINCT key FROM holder
WHERE born > (SELECT CAST(make_timestamp(max(ts_us)) AS DATE) FROM transfer) - INTERVAL 18 YEAR
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a world. `refused`: the reasons to refuse it, in words."""

    folder: str
    kind: str
    figures: tuple[Drawn, ...]
    easiness: Easiness
    networks: int
    lookalikes: int
    refused: tuple[str, ...]


def check_world(folder: Path, *, seed: int, progress: Progress) -> Checked:
    """Measure the world in `folder`. An exam is not held to the published bands: its habits are drawn from wide priors."""
    truth = folder.with_name(folder.name + ".truth")
    try:
        facts = json.loads((truth / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(
            "the truth of this world is not there", hint="it lies beside the world, in FOLDER.truth", at=Place(str(truth))
        ) from error
    progress.say("figures")
    connection = open_world(folder)
    figures = calibrate(connection, truth)
    progress.say("features")
    sample = _sample(connection)
    others = [_other(facts, seed + place + 1_000_003, progress) for place in range(OTHERS)]
    progress.say("guard")
    easiness = judge(sample, others, seed=seed)
    reasons = list(easiness.refused)
    if facts["kind"] != "exam":
        reasons += [f"{drawn.figure.name} is {drawn.value:g}, outside {drawn.low:.3g} to {drawn.high:.3g}" for drawn in figures if not drawn.is_within]  # fmt: skip
    if facts["lookalikes"] < LEAST_GROUPS * facts["networks"]:
        reasons.append(f"{facts['lookalikes']} look-alikes for {facts['networks']} networks")
    return Checked(str(folder), facts["kind"], figures, easiness, facts["networks"], facts["lookalikes"], tuple(reasons))


def _sample(connection: duckdb.DuckDBPyConnection) -> Sample:
    connection.execute(_PROTECTED)
    features = build_guard_features(connection)
    return make_sample(features, connection.sql("SELECT network_id, role, in_core, key FROM planted ORDER BY ALL").to_arrow_table())


def _other(facts: dict[str, int], seed: int, progress: Progress) -> Sample:
    """A world of another seed, with ordinary habits."""
    progress.say(f"a world of seed {seed}")
    with tempfile.TemporaryDirectory(prefix="bakau-world-") as place:
        folder = Path(place) / "other"
        make_world(folder, Order(min(facts["accounts"], OTHER_ACCOUNTS), seed, facts["days"]))
        return _sample(open_world(folder))


def to_document(checked: Checked) -> dict[str, object]:
    """The document ``bakau.world_check/1``."""
    made = checked.easiness
    figures = [
        {
            "name": drawn.figure.name, "meaning": drawn.figure.meaning, "published": drawn.figure.published, "drawn": drawn.value, "low": round(drawn.low, 4),
            "high": round(drawn.high, 4), "observations": drawn.observations, "grade": drawn.figure.grade, "is_within": drawn.is_within,
        }
        for drawn in checked.figures
    ]  # fmt: skip
    guard = {
        "depth": made.depth, "features": made.features, "rules": made.rules, "tree": made.tree, "amount_count_recall": made.amount_count_recall,
        "lookalikes_per_guilty": made.ratios, "ceiling": made.ceiling,
    }  # fmt: skip
    return {
        "schema": "bakau.world_check/1", "snapshot": None, "folder": checked.folder, "kind": checked.kind, "networks": checked.networks,
        "lookalikes": checked.lookalikes, "figures": figures, "guard": guard, "is_good": not checked.refused, "reasons": list(checked.refused),
    }  # fmt: skip


def to_lines(checked: Checked) -> list[str]:
    """The same for a terminal: published, drawn and band side by side, then the guard, then the verdict."""
    lines = [f"{'figure':<24} {'published':<32} {'drawn':>12} {'band':>25} {'count':>7}  grade"]
    for drawn in checked.figures:
        value = "none" if drawn.value is None else f"{drawn.value:,.4g}"
        band = f"{drawn.low:,.4g} to {drawn.high:,.4g}"
        lines.append(
            f"{drawn.figure.name:<24} {drawn.figure.published:<32} {value:>12} {band:>25} {drawn.observations:>7,}  {drawn.figure.grade}"
            + ("" if drawn.is_within else "  outside")
        )
    made = checked.easiness
    name, best = max(made.features.items(), key=lambda item: item[1])
    rule, most = max(made.rules.items(), key=lambda item: item[1])
    lines += [
        "",
        f"{checked.networks} networks, {checked.lookalikes:,} look-alikes; precision among the first {made.depth} accounts (below {MOST_PRECISION}):",
        f"  best single feature {best:.2f} ({name}), best rule {most:.2f} ({rule}), tree of depth three fitted on the truth {made.tree:.2f}",
        f"  amounts and counts tuned on other worlds recall {made.amount_count_recall:.2f} of the networks (at most {MOST_RECALL})",
        "  look-alikes for one guilty account: " + ", ".join(f"{value:,.0f} per {region}" for region, value in made.ratios.items()),
        "  ceiling, boosted trees trained on other worlds: " + ", ".join(f"{title.replace('_', ' ')} {value:.2f}" for title, value in made.ceiling.items()),
        "",
        *(f"refused: {reason}" for reason in checked.refused),
    ]  # fmt: skip
    return [*lines, "refused" if checked.refused else "good: calibrated, and not too easy"]
