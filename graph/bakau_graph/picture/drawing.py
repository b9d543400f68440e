"""A chart as pyvis nodes, edges and options: places given, physics off, every text plain.

pyvis' own page is never used: it loads scripts from other hosts, has no doctype, and shows tooltips as HTML as soon as one of them
contains the letters *href*. We take what it makes of nodes and edges, and the copy of vis-network it carries.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from bakau_graph.picture import style
from bakau_graph.picture.layout import place
from bakau_graph.picture.words import amount_of, clean, day, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bakau_graph.picture.chart import Account, Chart, Link

#: Links that carry their amount in the picture; the others show it on hover and in the table. A default of ours.
MOST_LABELS = 40
#: Widths of the thinnest and the thickest link.
_THIN, _THICK = 1.2, 9.0
_LIBRARY = ("templates", "lib", "vis-9.1.2", "vis-network.min.js")

OPTIONS: dict[str, object] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "randomSeed": 1},
    "interaction": {"hover": True, "tooltipDelay": 120, "dragNodes": True, "navigationButtons": False, "keyboard": False, "multiselect": True},
    "nodes": {"font": {"size": 15, "face": "Liberation Sans, Arial, sans-serif", "color": "#111111", "multi": False, "vadjust": -2}},
    "edges": {
        "font": {"size": 13, "face": "Liberation Sans, Arial, sans-serif", "color": "#222222", "multi": False, "align": "middle",
                 "strokeWidth": 5, "strokeColor": "#ffffff"},
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.7}},
        "arrowStrikethrough": False,
        "selfReference": {"size": 22, "angle": 0.8},
        "smooth": False,
    },
}  # fmt: skip


def load_library() -> str:
    """vis-network as pyvis carries it (Apache-2.0 or MIT), one script without requests."""
    path = files("pyvis")
    for part in _LIBRARY:
        path = path / part
    return path.read_text(encoding="utf-8")


def to_picture_data(chart: Chart) -> dict[str, object]:
    """What our script draws: nodes, edges, options. Ids are numbers of ours (n0, e0, bundle), never texts from outside."""
    from pyvis.network import Network

    numbers = {account.id: number for number, account in enumerate(chart.accounts)}
    bundle = len(numbers)
    ends = [(_end(link.src_id, numbers, bundle), _end(link.dst_id, numbers, bundle)) for link in chart.links]
    count = bundle + chart.has_bundle
    spots = place(count, [(src, dst, link.transfers) for (src, dst), link in zip(ends, chart.links, strict=True)])
    drawing = Network(directed=True, cdn_resources="in_line")
    for number, account in enumerate(chart.accounts):
        drawing.add_node(f"n{number}", **_node(account), x=spots[number][0], y=spots[number][1])
    if chart.has_bundle:
        drawing.add_node("bundle", **_bundle(chart.protected), x=spots[bundle][0], y=spots[bundle][1])
    widths, labelled = _widths(chart.links), _labelled(chart.links)
    pairs = set(ends)
    for number, (link, (src, dst)) in enumerate(zip(chart.links, ends, strict=True)):
        drawing.add_edge(
            _name(src, bundle), _name(dst, bundle), id=f"e{number}", width=widths[number], title=_words_of(link),
            **_stroke(link), **_bend(number, ends, returns=(dst, src) in pairs), **({"label": _label(link)} if number in labelled else {}),
        )  # fmt: skip
    drawing.set_options(json.dumps(OPTIONS))
    nodes, edges, *_, options = drawing.get_network_data()
    return {"nodes": nodes, "edges": edges, "options": json.loads(options) if isinstance(options, str) else options}


def _end(surrogate: str | None, numbers: Mapping[str, int], bundle: int) -> int:
    return bundle if surrogate is None else numbers[surrogate]


def _name(number: int, bundle: int) -> str:
    return "bundle" if number == bundle else f"n{number}"


def _node(account: Account) -> dict[str, object]:
    paint = style.paint_of(account.part, account.role)
    shape, _, kind = style.shape_of(account.kind)
    is_subject = account.part == "subject"
    lines = [short(account.id)]
    if is_subject:
        points = f"{account.points:,} points" if account.points is not None else ""
        lines.append(", ".join(word for word in (clean(account.role, longest=20), points) if word))
    title = [clean(account.id), kind, paint.words]
    if account.number:
        title.insert(1, clean(account.number, longest=60))
    if account.age_state == "age_unknown":
        title.append("age not known: establish before naming")
    return {
        "label": "\n".join(line for line in lines if line), "title": "\n".join(title), "shape": shape, "size": 20 if is_subject else 12,
        "color": {"background": paint.fill, "border": paint.border, "highlight": {"background": paint.fill, "border": "#000000"},
                  "hover": {"background": paint.fill, "border": "#000000"}},
        "borderWidth": 3 if is_subject else 1.5,
    }  # fmt: skip


def _bundle(protected: int) -> dict[str, object]:
    paint = style.PROTECTED
    return {
        "label": f"protected ({protected:,})", "title": paint.words, "shape": style.BUNDLE_SHAPE, "margin": 10, "borderWidth": 1.5,
        "shapeProperties": {"borderDashes": [6, 4]},
        "color": {"background": paint.fill, "border": paint.border, "highlight": {"background": paint.fill, "border": "#000000"},
                  "hover": {"background": paint.fill, "border": "#000000"}},
    }  # fmt: skip


def _stroke(link: Link) -> dict[str, object]:
    colour = style.EVIDENCE if link.evidence else style.OTHER
    return {"color": {"color": colour, "highlight": "#000000", "hover": "#000000"}, "dashes": not link.evidence}


def _bend(number: int, ends: Sequence[tuple[int, int]], *, returns: bool) -> dict[str, object]:
    """Links that share their two ends bow apart; a single one is straight."""
    src, dst = ends[number]
    same = [other for other, pair in enumerate(ends) if pair == (src, dst)]
    if src == dst or (len(same) == 1 and not returns):
        return {}
    return {"smooth": {"enabled": True, "type": "curvedCW", "roundness": 0.14 + 0.12 * same.index(number)}}


def _widths(links: Sequence[Link]) -> list[float]:
    """Width by the root of the amount, each currency against its own largest; without amounts all are thin."""
    largest: dict[str | None, int] = {}
    for link in links:
        largest[link.currency] = max(largest.get(link.currency, 0), link.sum_minor or 0)
    shares = [((link.sum_minor or 0) / largest[link.currency]) if largest[link.currency] else 0.0 for link in links]
    return [round(_THIN + (_THICK - _THIN) * max(share, 0.0) ** 0.5, 2) for share in shares]


def _labelled(links: Sequence[Link]) -> set[int]:
    """Numbers of the links that show their amount: all of them, or those with evidence and the most transfers and money."""
    ranked = sorted(range(len(links)), key=lambda n: (-(links[n].evidence > 0), -(links[n].sum_minor or 0), -links[n].transfers, n))
    return set(ranked[:MOST_LABELS])


def _label(link: Link) -> str:
    times = f"{link.transfers:,} ×" if link.transfers != 1 or link.sum_minor is None else ""
    if None in (link.src_id, link.dst_id):
        return times
    return f"{times}\n{amount_of(link.sum_minor, link.currency)}".strip() if link.sum_minor is not None else times


def _words_of(link: Link) -> str:
    if None in (link.src_id, link.dst_id):
        return f"{link.transfers:,} transfers with protected accounts"
    between = f"{short(link.src_id or '')} → {short(link.dst_id or '')}"
    lines = [between, f"{link.transfers:,} transfers, {amount_of(link.sum_minor, link.currency)} in all"]
    if link.evidence:
        lines.append(f"{link.evidence:,} of them evidence")
    if link.first_ts:
        lines.append(f"{day(link.first_ts)} to {day(link.last_ts)}")
    return "\n".join(lines)
