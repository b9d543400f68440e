"""What is drawn of a chart: accounts that stand in the same place are folded into one, so that the eye sees *18 payers*, not 18 names.

Folded are accounts that are no subjects, of one kind, paid by and paying exactly the same others. Accounts without any link stay out of
the drawing. The tables list every account all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakau_graph.picture.chart import Account, Chart, Link

#: A drawing of up to so many accounts is not folded, and a fold has at least so many accounts; defaults of ours.
SMALL, FEWEST = 16, 3


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing in the drawing: an account, a fold of several, or (without accounts) the bundle. `rows` are their numbers in the chart."""

    accounts: tuple[Account, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line in the drawing: from and to (places in the list of spots), its transfers taken together, the links' numbers in the chart."""

    src: int
    dst: int
    link: Link
    rows: tuple[int, ...]


def fold(chart: Chart) -> tuple[list[Spot], list[Stroke]]:
    """The spots of a chart, subjects first, and the strokes between them."""
    around = _surroundings(chart.links)
    rows = [number for number, account in enumerate(chart.accounts) if account.part == "subject" or account.id in around]
    groups: dict[object, list[int]] = {}
    for number in rows:
        account = chart.accounts[number]
        alone = len(rows) <= SMALL or account.part == "subject"
        groups.setdefault(number if alone else (account.part, account.kind, around[account.id]), []).append(number)
    parts = [part for group in groups.values() for part in ([group] if len(group) >= FEWEST else [[one] for one in group])]
    spots = [Spot(tuple(chart.accounts[number] for number in part), tuple(part)) for part in parts]
    if chart.has_bundle:
        spots.append(Spot((), ()))
    return spots, _strokes(chart, spots)


def _surroundings(links: Iterable[Link]) -> dict[str | None, frozenset[tuple[str | None, str]]]:
    found: dict[str | None, set[tuple[str | None, str]]] = {}
    for link in links:
        found.setdefault(link.src_id, set()).add((link.dst_id, f"pays {bool(link.evidence)}"))
        found.setdefault(link.dst_id, set()).add((link.src_id, f"is paid {bool(link.evidence)}"))
    return {name: frozenset(others) for name, others in found.items()}


def _strokes(chart: Chart, spots: list[Spot]) -> list[Stroke]:
    place: dict[str | None, int] = {account.id: number for number, spot in enumerate(spots) for account in spot.accounts}
    place[None] = len(spots) - 1
    merged: dict[tuple[int, int, str | None], list[int]] = {}
    for number, link in enumerate(chart.links):
        merged.setdefault((place[link.src_id], place[link.dst_id], link.currency), []).append(number)
    return [Stroke(src, dst, _together([chart.links[n] for n in rows]), tuple(rows)) for (src, dst, _), rows in merged.items()]


def _together(links: list[Link]) -> Link:
    """Several links of one currency as one."""
    amounts = [link.sum_minor for link in links if link.sum_minor is not None]
    return replace(
        links[0],
        transfers=sum(link.transfers for link in links),
        sum_minor=sum(amounts) if amounts else None,
        first_ts=min((link.first_ts for link in links if link.first_ts), default=None),
        last_ts=max((link.last_ts for link in links if link.last_ts), default=None),
        evidence=sum(link.evidence for link in links),
    )
