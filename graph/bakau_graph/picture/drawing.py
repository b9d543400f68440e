"""A chart as pyvis nodes, edges and options: places given, physics off, every text plain.

pyvis' own page is never used: it loads scripts from other hosts, has no doctype, and shows tooltips as HTML as soon as one of them
contains the letters *href*. We take what it makes of nodes and edges, and the copy of vis-network it carries.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from bakau_graph.picture import style
from bakau_graph.picture.fold import fold
from bakau_graph.picture.layout import place
from bakau_graph.picture.words import amount_of, clean, day, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_graph.picture.chart import Account, Chart, Link
    from bakau_graph.picture.fold import Spot, Stroke
    from bakau_graph.picture.style import Paint

#: Lines that carry their amount in the picture; the others show it on hover and in the table. A default of ours.
MOST_LABELS = 40
#: Widths of the thinnest and the thickest link.
_THIN, _THICK = 1.2, 9.0
_LIBRARY = ("templates", "lib", "vis-9.1.2", "vis-network.min.js")

OPTIONS: dict[str, object] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "randomSeed": 1},
    "interaction": {"hover": True, "tooltipDelay": 120, "dragNodes": True, "navigationButtons": False, "keyboard": False, "multiselect": True},
    "nodes": {"font": {"size": 15, "face": "Liberation Sans, Arial, sans-serif", "color": "#111111", "multi": False, "vadjust": -2,
                       "strokeWidth": 4, "strokeColor": "#ffffff"}},
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
    """What our script draws: nodes, edges, options. Ids are numbers of ours, never texts from outside; `rows` name rows of the tables."""
    from pyvis.network import Network

    spots, strokes = fold(chart)
    places = place(len(spots), [(one.src, one.dst, one.link.transfers) for one in strokes])
    drawing = Network(directed=True, cdn_resources="in_line")
    for number, (spot, (x, y)) in enumerate(zip(spots, places, strict=True)):
        drawing.add_node(number, **(_node(spot) if spot.accounts else _bundle(chart.protected)), x=x, y=y)
    widths, labelled = _widths([one.link for one in strokes]), _labelled([one.link for one in strokes])
    ends = [(one.src, one.dst) for one in strokes]
    for number, stroke in enumerate(strokes):
        label = {"label": _label(stroke.link)} if number in labelled else {}
        look = {**_line(stroke.link), **_bend(number, ends), **label, "width": widths[number], "title": _words_of(stroke, spots)}
        drawing.add_edge(stroke.src, stroke.dst, id=f"e{number}", rows=[f"e{row}" for row in stroke.rows], **look)
    drawing.set_options(json.dumps(OPTIONS))
    nodes, edges, *_, options = drawing.get_network_data()
    return {"nodes": nodes, "edges": edges, "options": json.loads(options)}


def _node(spot: Spot) -> dict[str, object]:
    account, many = spot.accounts[0], len(spot.accounts)
    paint = style.paint_of(account.part, account.role)
    shape, _, kind = style.shape_of(account.kind)
    is_subject = account.part == "subject"
    if many > 1:
        label, title = (
            f"{many:,} × {kind}",
            [f"{many:,} × {kind}, in the same place: each pays and is paid by the same others", paint.words],
        )
    else:
        label, title = (
            _label_of(account),
            [clean(account.id), *([clean(account.number, longest=60)] if account.number else []), kind, paint.words],
        )
    if any(one.age_state == "age_unknown" for one in spot.accounts):
        title.append("age not known: establish before naming")
    return {
        "label": label, "title": "\n".join(title), "shape": shape, "size": 22 if is_subject else 18 if many > 1 else 12,
        "color": _colour(paint), "borderWidth": 3 if is_subject or many > 1 else 1.5, "rows": [f"n{row}" for row in spot.rows],
        "font": {"size": 19 if is_subject or many > 1 else 15},
    }  # fmt: skip


def _label_of(account: Account) -> str:
    if account.part != "subject":
        return short(account.id)
    points = f"{account.points:,} points" if account.points is not None else ""
    words = ", ".join(word for word in (clean(account.role, longest=20), points) if word)
    return f"{short(account.id)}\n{words}".strip()


def _colour(paint: Paint) -> dict[str, object]:
    chosen = {"background": paint.fill, "border": "#000000"}
    return {"background": paint.fill, "border": paint.border, "highlight": chosen, "hover": chosen}


def _bundle(protected: int) -> dict[str, object]:
    return {
        "label": f"protected ({protected:,})", "title": style.PROTECTED.words, "shape": style.BUNDLE_SHAPE, "margin": 10, "borderWidth": 1.5,
        "shapeProperties": {"borderDashes": [6, 4]}, "color": _colour(style.PROTECTED), "rows": ["bundle"], "font": {"size": 17},
    }  # fmt: skip


def _line(link: Link) -> dict[str, object]:
    colour = style.EVIDENCE if link.evidence else style.OTHER
    return {"color": {"color": colour, "highlight": "#000000", "hover": "#000000"}, "dashes": not link.evidence}


def _bend(number: int, ends: Sequence[tuple[int, int]]) -> dict[str, object]:
    """Lines that share their two ends bow apart; a single one is straight."""
    src, dst = ends[number]
    same = [other for other, pair in enumerate(ends) if pair == (src, dst)]
    if src == dst or (len(same) == 1 and (dst, src) not in ends):
        return {}
    return {"smooth": {"enabled": True, "type": "curvedCW", "roundness": round(0.14 + 0.12 * same.index(number), 2)}}


def _widths(links: Sequence[Link]) -> list[float]:
    """Width by the root of the amount, each currency against its own largest; without amounts all are thin."""
    largest: dict[str | None, int] = {}
    for link in links:
        largest[link.currency] = max(largest.get(link.currency, 0), link.sum_minor or 0)
    shares = [((link.sum_minor or 0) / largest[link.currency]) if largest[link.currency] else 0.0 for link in links]
    return [round(_THIN + (_THICK - _THIN) * max(share, 0.0) ** 0.5, 2) for share in shares]


def _labelled(links: Sequence[Link]) -> set[int]:
    """Numbers of the lines that show their amount: those with evidence, the most money first; the others only where there is room."""
    ranked = sorted(range(len(links)), key=lambda n: (-(links[n].evidence > 0), -(links[n].sum_minor or 0), -links[n].transfers, n))
    return {n for n in ranked[:MOST_LABELS] if links[n].evidence or len(links) <= MOST_LABELS // 2}


def _label(link: Link) -> str:
    times = "1 transfer" if link.transfers == 1 else f"{link.transfers:,} transfers"
    return times if link.sum_minor is None else f"{amount_of(link.sum_minor, link.currency)}\n{times}"


def _words_of(stroke: Stroke, spots: Sequence[Spot]) -> str:
    link = stroke.link
    src, dst = (_name_of(spots[end]) for end in (stroke.src, stroke.dst))
    lines = [f"{src} → {dst}", _label(link)]
    if link.evidence:
        lines.append(f"{link.evidence:,} of them evidence")
    if link.first_ts:
        lines.append(f"{day(link.first_ts)} to {day(link.last_ts)}")
    return "\n".join(lines)


def _name_of(spot: Spot) -> str:
    if len(spot.accounts) == 1:
        return short(spot.accounts[0].id)
    return f"{len(spot.accounts):,} accounts" if spot.accounts else "protected"
