"""A chart as part of an address, and back: whoever opens the address sees the same accounts. Surrogates and codes only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakau.errors import InputError
from bakau.times import format_us, parse_instant
from bakau_casework.charts import USUAL_ENTITIES, Chart, Expansion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The parameters of an address that belong to a chart.
PARAMETERS = ("finding", "account", "leads", "x", "since", "until", "min", "currency", "size")


def chart_of(address: Mapping[str, Sequence[str]]) -> Chart | None:
    """The chart of an address; None when it has no start. InputError when a part of it makes no sense."""
    finding, account, leads = (_one(address, name) for name in ("finding", "account", "leads"))
    if not finding and not account and not leads:
        return None
    chart = Chart(finding_id=finding) if finding else Chart(account_id=account) if account else Chart(leads_id=leads)
    chart = replace(chart, expansions=tuple(Expansion.from_text(text) for text in address.get("x", ())))
    return with_filter(
        chart,
        since=_one(address, "since") or "",
        until=_one(address, "until") or "",
        least=_one(address, "min") or "",
        currency=_one(address, "currency") or "",
        size=_size(_one(address, "size")),
    )


def with_filter(chart: Chart, *, since: str, until: str, least: str, currency: str, size: int) -> Chart:
    """The chart under another filter, as people type it; InputError when a date makes no sense."""
    return replace(
        chart,
        since_us=parse_instant(since) if since.strip() else None,
        until_us=parse_instant(until) if until.strip() else None,
        min_amount=least.strip().replace(",", "") or None,
        currency=currency.strip().upper() or None,
        max_entities=size,
    )


def address_of(chart: Chart) -> dict[str, str | list[str]]:
    """The parameters of a chart's address; what is as usual is left out."""
    said: dict[str, str | list[str] | None] = {
        "finding": chart.finding_id,
        "account": chart.account_id,
        "leads": chart.leads_id,
        "x": [one.to_text() for one in chart.expansions],
        "since": typed(chart.since_us),
        "until": typed(chart.until_us),
        "min": chart.min_amount,
        "currency": chart.currency,
        "size": None if chart.max_entities == USUAL_ENTITIES else str(chart.max_entities),
    }
    return {name: value for name, value in said.items() if value}


def typed(ts_us: int | None) -> str:
    """An instant as somebody would type it: the date alone at midnight."""
    return format_us(ts_us).removesuffix("T00:00:00Z")


def _one(address: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = address.get(name, ())
    return values[0] if values and values[0] else None


def _size(text: str | None) -> int:
    if text is None:
        return USUAL_ENTITIES
    if not text.isdecimal() or len(text) > 5:
        raise InputError("the size of a chart is a number", hint="size=500")
    return int(text)
