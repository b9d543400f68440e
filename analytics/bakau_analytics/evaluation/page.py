"""An evaluation as one HTML page: its figures in words, and four plots as pictures inside the page. It fetches nothing and runs nothing.

The plots are drawn by matplotlib (extra ``plots``).
"""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, cast

from bakau import __version__
from bakau.errors import FileError, InputError, Place, UnsupportedError
from bakau_analytics.evaluation import report as words
from bakau_analytics.evaluation.networks import VIEWS
from bakau_analytics.evaluation.seeds import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    Report = dict[str, object]
    Figures = dict[str, float]

_INK, _BARS, _PALE = "#1b3a4b", "#2a7f78", "#c9d6d3"
_STYLE = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2a33}pre{white-space:pre-wrap}svg{max-width:100%;height:auto}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write_page(report: Report, path: Path) -> None:
    """Write the page. InputError for an evaluation against labels, UnsupportedError without matplotlib, FileError when it cannot be written."""
    text = draw_page(report)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError("the page cannot be written", at=Place(path.name)) from error


def draw_page(report: Report) -> str:
    """The page of a document ``bakau.evaluation/1``: the same document gives the same bytes."""
    if report["schema"] != SCHEMA:
        raise InputError("only an evaluation against planted networks has a page", hint="bakau evaluate --truth WORLD.truth --html FILE")
    drawn: list[tuple[str, Callable[[Axes, Report], None]]] = [
        ("Networks recovered after so many findings", _draw_depth),
        ("Share recovered, by group", _draw_groups),
        ("Beside other ways", _draw_ways),
    ]
    if report["gain_from_sharing"] is not None:
        drawn.append(("What institutions would find", _draw_views))
    parts = [f"<section><h2>{title}</h2>{_plot(draw, report, title)}</section>" for title, draw in drawn]
    lines = html.escape("\n".join(words.to_lines(report)))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            "<title>Evaluation of a run</title>",
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Evaluation of a run</h1>",
            "<p>Measured on a synthetic world: no figure here speaks of real people.</p>",
            f"<pre>{lines}</pre>",
            *parts,
            f"<footer><p>Run {html.escape(str(report['run']))} on snapshot {html.escape(str(report['snapshot']))}, Bakau {__version__}.</p></footer>",
            "</body></html>",
            "",
        ]
    )


def _plot(draw: Callable[[Axes, Report], None], report: Report, title: str) -> str:
    """One plot as SVG text with a title for screen readers."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UnsupportedError("the page needs matplotlib", hint="pip install 'bakau[plots]'") from error
    with mpl.rc_context({"svg.hashsalt": "bakau", "svg.fonttype": "none", "font.family": "sans-serif", "axes.edgecolor": _INK}):
        figure = Figure(figsize=(8, 4), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes, report)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    picture = out.getvalue()
    return picture[picture.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}"', 1)


def _draw_depth(axes: Axes, report: Report) -> None:
    found = cast("list[int]", report["recovered_after"])
    networks = cast("Figures", report["networks"])
    axes.step(range(1, len(found) + 1), found, where="post", color=_BARS)
    axes.axhline(networks["planted"], color=_INK, linestyle=":")
    axes.locator_params(axis="y", integer=True)
    axes.set(xlabel="findings read", ylabel="networks recovered", ylim=(0, networks["planted"] * 1.05 + 1))


def _draw_groups(axes: Axes, report: Report) -> None:
    groups = cast("dict[str, dict[str, Figures]]", report["by"])
    shown = [
        (f"{words.say(name)}: {words.say(group)}", found) for name, part in groups.items() if name != VIEWS for group, found in part.items()
    ]
    _bars(axes, [(f"{name} ({found['planted']:.0f})", found["recall"]) for name, found in shown])


def _draw_ways(axes: Axes, report: Report) -> None:
    ways = [("the findings", cast("Figures", report["networks"])["recall"])]
    ways += [(words.WAYS[name], way["recall"]) for name, way in cast("dict[str, Figures]", report["baseline"]).items()]
    if report["ceiling"] is not None:
        ways.append((words.WAYS["ceiling"], cast("Figures", report["ceiling"])["recall"]))
    _bars(axes, ways)


def _draw_views(axes: Axes, report: Report) -> None:
    seen = cast("dict[str, dict[str, Figures]]", report["by"])[VIEWS]
    _bars(axes, [(name, found["recall"]) for name, found in seen.items()])


def _bars(axes: Axes, rows: list[tuple[str, float]]) -> None:
    names, values = [name for name, _ in rows], [value for _, value in rows]
    axes.figure.set_size_inches(8, 1 + 0.3 * len(rows))  # type: ignore[union-attr]
    axes.barh(names, [1.0] * len(rows), color=_PALE)
    axes.barh(names, values, color=_BARS)
    axes.invert_yaxis()
    axes.set(xlabel="recall within the budget", xlim=(0, 1))
