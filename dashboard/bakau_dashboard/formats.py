"""How single values read on the screen: ids shortened, times in UTC, amounts with their currency, texts that cannot become markup."""

from __future__ import annotations

import re

from bakau.money import format_minor

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&@^=])")


def amount(minor: object, currency: object) -> str:
    """An amount with thousands and its currency; says so when the source states none."""
    return format_minor(minor, str(currency)) if isinstance(minor, int) else "not stated"


def moment(text: object) -> str:
    """A time of a view for people: ``2025-07-03 19:07:05``, always UTC, without fractions; a date stays a date."""
    if not text:
        return ""
    said = str(text).replace("T", " ").removesuffix("Z")
    return said.split(".", maxsplit=1)[0]


def day(text: object) -> str:
    """The date of a time of a view."""
    return str(text)[:10] if text else ""


def number(value: object) -> str:
    """A count with thousands separated."""
    return f"{value:,}" if isinstance(value, int) else ""


def plural(count: int, one: str, many: str = "") -> str:
    """``1 account``, ``2 accounts``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(octets: object) -> str:
    """Bytes as megabytes."""
    return f"{octets / 1e6:,.1f} MB" if isinstance(octets, int) else ""


def plain(text: object) -> str:
    """A text that came from outside, so written that Markdown shows it and does nothing with it; one line, no control characters."""
    flat = "".join(character if character.isprintable() else " " for character in str(text))
    return _MARKUP.sub(r"\\\1", flat)
