"""The page docs/features.md, from the headers of the SQL files: run `python -m bakau_analytics.features.page` after a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakau_analytics.features.catalogue import Grain, load_features, load_steps

if TYPE_CHECKING:
    from bakau_analytics.features.catalogue import Feature

PAGE = Path(__file__).resolve().parents[3] / "docs" / "features.md"

_HEAD = """\
# Features

Generated from the headers in `analytics/bakau_analytics/features`; change them there and run `python -m bakau_analytics.features.page`.

A feature is a whole number about an account, an ordered pair of accounts, a party or a network. It is computed at a *scored instant*
from nothing but what is known by then, over a *scored period* that ends there (everything before it, or one day).

* A window of time is half open: of two payments exactly 24 h apart, one lies in the window of 24 h that ends at the other. Where a
  header says otherwise, the header holds. "The largest that ends at a payment of the scored period" looks back from each of its payments.
* A payment with a date alone is known when its day is over. It stands at the start of its day in windows of 7 days and more, and is left
  out of windows of 24 h and less, of gaps in seconds and of dwell.
* Payments that did not settle, and those of an account to itself, are not seen. A missing amount leaves a payment out of value, round and
  price-point features. Amounts are never added over currencies; `XXX` (none stated) is a currency of its own.
* Ratios are parts per million, rounded down. Where 64 bits could be too few, both sides are first divided by the same number.
* *Reach* says how far before the scored period a feature looks. A day's features need no earlier rows; those that reach over all there is
  have no day.
* **Profile** features (country, corridor, outlet; nationality, sex, birth date and name script, once there are any) may narrow where a
  rule looks or subtract. They never add points alone and no model can be given one.
* The SQL is DuckDB's and runs on Spark as transpiled by sqlglot. A protected account or party has no row; money that runs through it counts.

`bakau export features --parquet FILE` writes those of accounts that a model may see, for your notebook; profile features are left out.
"""


def render_page() -> str:
    """The whole page as Markdown: a section per grain, then the steps that features share."""
    parts = [_HEAD]
    for grain in Grain:
        features = load_features(grain)
        parts += [f"## {grain.value}", "", f"{len(features)} files, {sum(len(feature.columns) for feature in features)} numbers.", ""]
        parts += [_render(feature) for feature in sorted(features, key=lambda feature: (feature.family, feature.name))]
    parts += ["## Shared steps", "", "| step | rows | reads |", "|---|---|---|"]
    parts += [f"| `{step.name}` | {step.meaning} | {_codes(step.reads)} |" for step in load_steps().values()]
    return "\n".join(parts) + "\n"


def _render(feature: Feature) -> str:
    marks = [word for word, is_so in (("**profile**", feature.profile), ("needs amounts", feature.amounts)) if is_so]
    reach = "all there is" if feature.reach_days is None else f"{feature.reach_days} d"
    lines = [
        f"### {feature.name}",
        "",
        f"{feature.meaning[0].upper()}{feature.meaning[1:]}. {'; '.join(marks)}{'.' if marks else ''}".rstrip(),
        "",
        f"* family: {feature.family}; unit: {feature.unit}",
        f"* window: {feature.window}; reach: {reach}",
        f"* null: {feature.null}",
        f"* source: {feature.source}",
        f"* needs: {_codes(feature.needs)}",
        *([f"* numbers: {_codes(feature.columns)}"] if len(feature.columns) > 1 else []),
        "",
    ]
    return "\n".join(lines)


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
