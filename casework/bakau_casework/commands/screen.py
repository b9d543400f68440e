"""Plain text for a terminal: aligned tables that are never cut, ids shortened, no control character ever passed through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Characters of an id in a table; any unique beginning is accepted back.
SHORT_ID = 14


def clean(value: object) -> str:
    """A value as text: nothing for None, control characters (terminal escapes, line breaks) as question marks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(character if character.isprintable() else "?" for character in str(value))


def amount(minor: object, currency: object) -> str:
    """An amount for people."""
    from bakau.money import format_minor

    return format_minor(minor, str(currency)) if isinstance(minor, int) else "not stated"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()) -> None:
    """Print rows under headings; columns named in `right` are right-aligned."""
    texts = [[clean(cell) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(len(line[place]) for line in ([*headings], *texts)) for place in range(len(headings))]
    aligned = set(right)
    for line in ([*headings], *texts):
        cells = [
            cell.rjust(width) if place in aligned else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print name and value, one a line; what is not known is left out."""
    listed = [(name, clean(value)) for name, value in pairs if value is not None and value != ""]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        click.echo(f"{name.ljust(width)}  {value}")


def foot(document: Mapping[str, object], *more: str) -> None:
    """The last lines of an answer: what it stands on, and what was masked."""
    masked = document.get("masked")
    if isinstance(masked, dict):
        for reason in sorted(set(masked.values())):
            columns = ", ".join(name for name, why in masked.items() if why == reason)
            click.echo(f"masked: {columns} ({reason})")
    for line in more:
        if line:
            click.echo(line)
    run = document.get("run")
    click.echo(f"snapshot {document['snapshot']}" + (f", run {run}" if run else ""))


def objects(value: object) -> list[dict[str, object]]:
    """A list of objects out of a document."""
    return value if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """A list of texts out of a document."""
    return value if isinstance(value, list) else []


def first_texts(value: object, count: int) -> str:
    """The first few of a list of texts, and how many more there are."""
    listed = texts(value)
    rest = len(listed) - count
    return ", ".join(listed[:count]) + (f" and {rest} more" if rest > 0 else "")
