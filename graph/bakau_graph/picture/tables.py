"""The picture in words: legend, a table of accounts and a table of links, readable without any script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_graph.picture import style
from bakau_graph.picture.words import amount_of, clean, day, escape, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakau_graph.picture.chart import Account, Chart, Link

_AGES = {"adult_known": "adult", "age_unknown": "not known"}


def legend(chart: Chart) -> str:
    """Only what this picture shows: shapes of its kinds, colours of its roles, kinds of lines."""
    kinds = dict.fromkeys(style.shape_of(account.kind)[1:] for account in chart.accounts)
    shapes: dict[str, list[str]] = {}
    for sign, words in kinds:
        shapes.setdefault(sign, []).append(words)
    paints = dict.fromkeys(style.paint_of(account.part, account.role) for account in chart.accounts)
    items = [f'<span class="sign" aria-hidden="true">{sign}</span>{" or ".join(words)}' for sign, words in shapes.items()]
    items += [_swatch(number, paint.words) for number, paint in enumerate(style.PAINTS) if paint in paints]
    if chart.has_bundle:
        items.append(_swatch("bundle", style.PROTECTED.words))
    if any(link.evidence for link in chart.links):
        items.append('<span class="stroke"></span>evidence of the finding')
    if any(not link.evidence for link in chart.links):
        items.append('<span class="stroke other"></span>other transfers between them')
    items.append("thicker line: more money, within one currency; an arrow points to who is paid")
    return '<ul class="legend" aria-label="Legend">' + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _swatch(name: int | str, words: str) -> str:
    return f'<span class="swatch paint-{name}"></span>{words}'


def accounts_table(chart: Chart) -> str:
    """One row per account in the order of the chart; protected people are one row with their number."""
    numbered = any(account.number for account in chart.accounts)
    heads = ["account", *(["number"] if numbered else []), "kind", "role", "age", "points"]
    rows = [_row(f"n{number}", _account_cells(account, numbered=numbered)) for number, account in enumerate(chart.accounts)]
    if chart.has_bundle:
        rows.append(_row("bundle", [("", f"protected ({chart.protected:,})"), *[("", "")] * (len(heads) - 1)]))
    unknown = any(account.age_state == "age_unknown" for account in chart.accounts)
    caption = f"{len(chart.accounts):,} accounts" + (". Age not known: establish before naming." if unknown else "")
    return _table(caption, heads, rows, right={"points"})


def _account_cells(account: Account, *, numbered: bool) -> list[tuple[str, str]]:
    _, sign, kind = style.shape_of(account.kind)
    return [
        ("id", escape(account.id)),
        *([("id", escape(account.number, longest=60))] if numbered else []),
        ("word", f'<span aria-hidden="true">{sign}</span> {kind}'),
        ("word", escape(account.role, longest=40) if account.part == "subject" else escape(account.part, longest=40)),
        ("", escape(_AGES.get(account.age_state or "", account.age_state), longest=60)),
        ("n", f"{account.points:,}" if account.points is not None else ""),
    ]


def links_table(chart: Chart) -> str:
    """One row per pair and currency: from, to, how often, how much, when, how many of them are evidence."""
    rows = [_row(f"e{number}", list(_link_cells(link, chart))) for number, link in enumerate(chart.links)]
    heads = ["from", "to", "transfers", "amount", "first", "last", "evidence"]
    return _table(f"{len(chart.links):,} links", heads, rows, right={"transfers", "amount", "evidence"})


def _link_cells(link: Link, chart: Chart) -> Iterator[tuple[str, str]]:
    bundle = f"protected ({chart.protected:,})"
    for end in (link.src_id, link.dst_id):
        yield ("", bundle) if end is None else ("id", escape(short(end)))
    yield "n", f"{link.transfers:,}"
    yield "n", "" if None in (link.src_id, link.dst_id) else escape(amount_of(link.sum_minor, link.currency))
    yield "day", escape(day(link.first_ts))
    yield "day", escape(day(link.last_ts))
    yield "n", f"{link.evidence:,}" if link.evidence else ""


def _row(name: str, cells: Sequence[tuple[str, str]]) -> str:
    return (
        f'<tr id="row-{name}">'
        + "".join(f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>" for kind, cell in cells)
        + "</tr>"
    )


def _table(caption: str, heads: Sequence[str], rows: Sequence[str], *, right: set[str]) -> str:
    head = "".join(f'<th scope="col"{" class=" + chr(34) + "n" + chr(34) if name in right else ""}>{name}</th>' for name in heads)
    return f"<table><caption>{clean(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
