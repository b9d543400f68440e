"""Texts made safe to draw: visible characters only, of bounded length, and written so that no reader of the file takes them for code."""

from __future__ import annotations

import html
import json
import unicodedata

from bakau.errors import InputError
from bakau.ids import SHORT_ID
from bakau.money import NO_CURRENCY, format_minor

#: Stands for what was taken out: a control, a direction mark, half a character.
MARK = "\N{REPLACEMENT CHARACTER}"
#: Longest text in a picture; a default of ours.
LONGEST = 400
#: Combining marks on one letter; more of them only paint over neighbours.
_MOST_MARKS = 3


def clean(text: object, *, longest: int = LONGEST) -> str:
    """A text of printable characters, cut at `longest`; controls, direction marks and lone surrogates become MARK, line breaks too."""
    if text is None:
        return ""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", str(text)[: longest * 2]):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character if character.isprintable() else MARK)
    return "".join(kept) if len(kept) <= longest else "".join(kept[: longest - 1]) + "…"


def escape(text: object, *, longest: int = LONGEST) -> str:
    """A cleaned text for HTML, in an element or in a quoted attribute."""
    return html.escape(clean(text, longest=longest), quote=True)


def to_script_json(value: object) -> str:
    """JSON in ASCII that holds no ``<``, ``>`` or ``&``, so that nothing in it can end the element it stands in."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def short(surrogate: str) -> str:
    """The beginning of a surrogate, for a label; the tables have all of it."""
    return clean(surrogate[:SHORT_ID])


def amount_of(minor: int | None, currency: str | None) -> str:
    """An amount for people, with all decimals its currency has and its code behind it; ``not stated`` without one."""
    if minor is None:
        return "not stated"
    try:
        number, _, unit = format_minor(minor, currency or NO_CURRENCY).partition(" ")
    except InputError:
        return f"{minor:,} {clean(currency, longest=12)}"
    if len(number.partition(".")[2]) > 2:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {unit}".rstrip()


def day(moment: str | None) -> str:
    """The date of an ISO time, for a narrow column."""
    return clean(moment, longest=40)[:10]
