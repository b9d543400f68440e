"""The one module that draws a network: from the rows of a network view to what ECharts is given. Knows nothing of Streamlit.

Shape says what kind of account it is, colour what it is here for, width how much flows; nothing is said by colour alone. Only
surrogates, codes and numbers go into a picture. What it is given decides where everything stands (`layout`), so the same chart looks
the same for everybody.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bakau.ids import short
from bakau.words import ACCOUNT_KINDS
from bakau_dashboard.charts.layout import place
from bakau_dashboard.formats import amount, plural
from bakau_dashboard.words import AGE_UNKNOWN, ROLES, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, object]

#: What stands for the protected accounts, all of them together.
BUNDLE = "protected"
#: What accounts in review are called, wherever on the chart they stand.
REVIEW = "in review"
#: Pixels between two accounts that one link joins.
UNIT = 95
#: Up to so many accounts all are labelled; beyond that subjects, the start and the chosen one.
ALL_LABELLED = 24

#: Okabe and Ito's colours, told apart with every kind of colour vision.
COLOURS = {
    "facilitator": "#D55E00", "mule": "#E69F00", "consumer": "#CC79A7", "perpetrator": "#A6192E", "network": "#0072B2",
    "start": "#0072B2", "lead": "#0072B2", "context": "#56B4E9", "neighbour": "#7FA99B", BUNDLE: "#8C8C8C", REVIEW: "#F0E442",
}  # fmt: skip
SHAPES = {
    "bank_account": "circle", "loan_account": "circle", "e_wallet": "roundRect", "card": "rect", "gift_card": "rect",
    "crypto_address": "diamond", "cash_point": "triangle", "merchant": "pin", "platform_account": "arrow",
}  # fmt: skip
SHAPE_WORDS = "circle: bank account · rounded square: e-wallet · diamond: crypto address · triangle: cash point · pin: merchant"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What ECharts draws, and which account or link stands at each place of it (an account id, or ``source>target``)."""

    spec: dict[str, object]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    alt: str


def draw(accounts: Sequence[Row], links: Sequence[Row], *, protected: int, chosen: str | None = None, dark: bool = False) -> Drawing:
    """The picture of a network view's accounts and links; `chosen` is an account id or ``source>target``."""
    place_of = {str(row["id"]): spot for spot, row in enumerate(accounts)}
    pairs = _pairs(links)
    joined = [(place_of[src], place_of[dst]) for src, dst in pairs if src in place_of and dst in place_of]
    spots = _placed(len(accounts), tuple(dict.fromkeys(joined)), tuple(_number(row["entered"]) for row in accounts))
    names = _categories(accounts, protected)
    everyone = len(accounts) <= ALL_LABELLED
    nodes = [_node(row, spots[i], names, chosen=chosen, labelled=everyone) for i, row in enumerate(accounts)]
    if protected:
        nodes.append(
            _bundle(protected, spots, [place_of[one] for pair in pairs if BUNDLE in pair for one in pair if one in place_of], names)
        )
    edges = [_edge(src, dst, rows, curved=(dst, src) in pairs, chosen=chosen) for (src, dst), rows in pairs.items()]
    ink = "#f2f2f2" if dark else "#111111"
    spec = _frame(nodes, edges, list(names.values()), ink=ink, dark=dark)
    alt = f"Network of {plural(len(accounts), 'account')} and {plural(len(edges), 'link')}; the tables beside it say the same in words."
    return Drawing(spec, (*place_of, *([BUNDLE] if protected else [])), tuple(f"{src}>{dst}" for src, dst in pairs), alt)


def _frame(nodes: list[dict[str, object]], edges: list[dict[str, object]], names: list[str], *, ink: str, dark: bool) -> dict[str, object]:
    colours = [{"name": name, "itemStyle": {"color": COLOURS[name.split(" (")[0].split(": ")[-1]]}} for name in names]
    return {
        "tooltip": {"trigger": "item", "confine": True},
        "legend": {"data": names, "top": 0, "left": 0, "textStyle": {"color": ink}, "icon": "circle", "itemGap": 14},
        "animation": False,
        "series": [
            {
                "type": "graph", "layout": "none", "roam": True, "top": 56, "bottom": 26, "left": 40, "right": 60,
                "scaleLimit": {"min": 0.3, "max": 8}, "categories": colours, "data": nodes, "links": edges, "selectedMode": "single",
                "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 7, "labelLayout": {"hideOverlap": True},
                "label": {
                    "position": "bottom", "distance": 3, "color": ink, "fontSize": 11, "padding": [1, 3], "borderRadius": 3,
                    "backgroundColor": "rgba(14,17,23,0.7)" if dark else "rgba(255,255,255,0.8)",
                },
                "lineStyle": {"color": "#9aa5a1" if dark else "#5f6b67", "opacity": 0.65},
                "emphasis": {"focus": "adjacency", "label": {"show": True}, "lineStyle": {"opacity": 1}},
                "select": {"itemStyle": {"borderColor": ink, "borderWidth": 3}, "label": {"show": True}, "lineStyle": {"color": "#D55E00", "opacity": 1}},
            }
        ],
    }  # fmt: skip


@lru_cache(maxsize=128)
def _placed(count: int, pairs: tuple[tuple[int, int], ...], entered: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    """Whole pixels, so that a last digit of arithmetic moves nothing. Holds numbers only."""
    if not count:
        return ()
    return tuple((float(round(x * UNIT)), float(round(y * UNIT))) for x, y in place(count, pairs, entered))


def _pairs(links: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Links by ordered pair of ends, one entry for all currencies; the bundle stands where an end is null."""
    found: dict[tuple[str, str], list[Row]] = {}
    for link in links:
        pair = (str(link["src_id"] or BUNDLE), str(link["dst_id"] or BUNDLE))
        if pair[0] != pair[1]:
            found.setdefault(pair, []).append(link)
    return found


def _group(row: Row) -> str:
    """The colour group of an account: its role when it is a subject, in review whoever is, else its part."""
    if row["is_in_review"]:
        return REVIEW
    return str(row["role"]) if row["part"] == "subject" and row["role"] in COLOURS else str(row["part"])


def _categories(accounts: Sequence[Row], protected: int) -> dict[str, str]:
    """Names of the colour groups with how many are in each."""
    counts: dict[str, int] = {}
    subjects = {_group(row) for row in accounts if row["part"] == "subject"}
    for row in accounts:
        counts[_group(row)] = counts.get(_group(row), 0) + 1
    named = {group: f"{'subject: ' if group in subjects else ''}{group} ({n})" for group, n in counts.items()}
    return {**named, BUNDLE: f"{BUNDLE} ({protected})"} if protected else named


def _node(row: Row, spot: tuple[float, float], names: Mapping[str, str], *, chosen: str | None, labelled: bool) -> dict[str, object]:
    surrogate, part = str(row["id"]), row["part"]
    leads = part in {"subject", "start"}
    said = [short(surrogate), call(ACCOUNT_KINDS, row["kind"]), _words(row)]
    said += [f"{row['points']} points"] if leads and isinstance(row["points"], int) else []
    said += [AGE_UNKNOWN] if leads and row["age_state"] == "age_unknown" else []
    said += ["in review: may need protection, no suspect"] if row["is_in_review"] else []
    return {
        "id": surrogate,
        "name": short(surrogate),
        "x": spot[0],
        "y": spot[1],
        "symbol": SHAPES.get(str(row["kind"]), "circle"),
        "symbolSize": 26 if leads else 13,
        "category": names[_group(row)],
        "label": {"show": labelled or leads or surrogate == chosen, "fontWeight": "bold" if leads else "normal"},
        "selected": surrogate == chosen,
        "itemStyle": _border(row, leads=leads),
        "tooltip": {"formatter": _safe("\n".join(one for one in said if one))},
    }


def _border(row: Row, *, leads: bool) -> dict[str, object]:
    """Dashed in review, so that colour alone does not say it."""
    if row["is_in_review"]:
        return {"borderColor": "#444444", "borderWidth": 1.5, "borderType": "dashed"}
    return {"borderColor": "#111111" if leads else "#ffffff", "borderWidth": 2 if leads else 0.5}


def _words(row: Row) -> str:
    role = f", {call(ROLES, row['role'])}" if row["part"] == "subject" and row["role"] else ""
    return f"{row['part']}{role}"


def _bundle(count: int, spots: Sequence[tuple[float, float]], joined: Sequence[int], names: Mapping[str, str]) -> dict[str, object]:
    """One neutral node for all protected accounts, below the picture so that nothing else moves for it."""
    low = max((y for _, y in spots), default=0.0) + 1.1 * UNIT
    middle = sum(spots[one][0] for one in joined) / len(joined) if joined else 0.0
    said = f"{plural(count, 'protected account')}: counted, never named"
    return {
        "id": BUNDLE, "name": f"{BUNDLE} ({count})", "x": float(round(middle)), "y": float(round(low)), "symbol": "roundRect", "symbolSize": [34, 20],
        "category": names[BUNDLE], "label": {"show": True, "fontWeight": "bold"}, "tooltip": {"formatter": _safe(said)},
        "itemStyle": {"borderColor": "#444444", "borderWidth": 1, "borderType": "dashed"},
    }  # fmt: skip


def _edge(src: str, dst: str, rows: Sequence[Row], *, curved: bool, chosen: str | None) -> dict[str, object]:
    transfers = sum(_number(row["transfers"]) for row in rows)
    to_bundle = BUNDLE in {src, dst}
    money = [] if to_bundle else [amount(row["sum_minor"], row["currency"]) for row in rows]
    said = "\n".join([f"{short(src)} → {short(dst)}", plural(transfers, "transfer"), *money])
    dashed = to_bundle or any(row["is_partial"] for row in rows)
    return {
        "source": src, "target": dst, "value": transfers, "selected": f"{src}>{dst}" == chosen, "tooltip": {"formatter": _safe(said)},
        "lineStyle": {"width": round(1 + 1.6 * math.log10(1 + transfers), 2), "type": "dashed" if dashed else "solid", "curveness": 0.18 if curved else 0},
    }  # fmt: skip


def _safe(text: str) -> str:
    """For ECharts' templates, which are HTML with placeholders in braces: neither is let through."""
    return html.escape(text.replace("{", "(").replace("}", ")")).replace("\n", "<br>")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
