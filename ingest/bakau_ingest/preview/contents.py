"""What a column holds: which styles of date and number fit all its values, and what checksums and lists of codes say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

import pyarrow as pa

from bakau.money import load_currencies
from bakau_ingest.checks import chain_of, is_card_number, load_countries, normalise
from bakau_ingest.moments import parse_moments

#: Share of the values that must fit before a column is called so; what does not fit would be rejected and is said.
ENOUGH = 0.9
#: Distinct values looked at.
SAMPLE = 2_000

_DAYS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d")
_CLOCKS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S")
FORMATS = (
    "iso",
    *(day.format(mark) + clock for mark in "/.-" for day in _DAYS for clock in _CLOCKS if (mark, day) != ("-", _DAYS[2])),
    "%Y%m%d",
    "unix",
    "unix_ms",
)

#: Decimal sign, thousands sign, and what such a number looks like.
STYLES: dict[tuple[str, str], re.Pattern[str]] = {
    ("point", ""): re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?"),
    ("comma", ""): re.compile(r"[+-]?\d+(,\d+)?"),
    ("point", ","): re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"),
    ("comma", "."): re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    ("comma", " "): re.compile(r"[+-]?(\d{1,3}( \d{3})+|\d+)(,\d+)?"),
    ("point", " "): re.compile(r"[+-]?(\d{1,3}( \d{3})+|\d+)(\.\d+)?"),
    ("point", "'"): re.compile(r"[+-]?(\d{1,3}('\d{3})+|\d+)(\.\d+)?"),
}
_NOW = 4_102_444_800_000_000  # 2100: whether a date is in the future is not asked here


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a column's values: shares of the values that are something, and the styles that fit (nearly) all of them."""

    values: tuple[str, ...]
    filled: float
    shares: dict[str, float]
    formats: tuple[str, ...]
    styles: tuple[tuple[str, str], ...]
    signed: bool

    def is_mostly(self, what: str) -> bool:
        """Do enough of its values pass that check?"""
        return self.shares.get(what, 0.0) >= ENOUGH


def look_at(values: list[str]) -> Held:
    """Everything that is known of these values (empty ones do not count)."""
    full = list(dict.fromkeys(value for value in values if value))[:SAMPLE]
    shares = {name: sum(map(check, full)) / len(full) if full else 0.0 for name, check in _CHECKS.items()}
    formats = _fitting_formats(full)
    styles = tuple(
        style
        for style, pattern in STYLES.items()
        if full and sum(pattern.fullmatch(value) is not None for value in full) >= ENOUGH * len(full)
    )
    filled = sum(map(bool, values)) / len(values) if values else 0.0
    return Held(
        tuple(full), filled, shares, formats, _simplest(styles, full), any(value.startswith("-") and len(value) > 1 for value in full)
    )


def _fitting_formats(full: list[str]) -> tuple[str, ...]:
    """Formats that read most values; a finer one that adds hours to the same days is taken together with the coarser."""
    if not full:
        return ()
    column = pa.array(full, pa.string())
    read = {form: parse_moments(column, (form,), "UTC", now_us=_NOW).fault == 0 for form in FORMATS}
    families: dict[str, list[str]] = {}
    for form, good in read.items():
        if good.any():
            families.setdefault(re.split(r"[ T]", form)[0] if form != "iso" else form, []).append(form)
    families.pop("unix_ms" if max(map(len, full)) < 12 else "unix", None)
    fitting = []
    for forms in families.values():
        together = read[forms[0]].copy()
        for form in forms[1:]:
            together |= read[form]
        if together.sum() >= ENOUGH * len(full):
            fitting.append("|".join(forms))
    return tuple(fitting)


def _simplest(styles: tuple[tuple[str, str], ...], full: list[str]) -> tuple[tuple[str, str], ...]:
    """Styles that say different numbers; of those that say the same, the one with the fewest signs."""
    kept: dict[tuple[str, ...], tuple[str, str]] = {}
    for style in styles:
        numbers = tuple(_number(value, style) for value in full)
        kept.setdefault(numbers, style)
    return tuple(kept.values())


def _number(value: str, style: tuple[str, str]) -> str:
    if STYLES[style].fullmatch(value) is None:
        return ""
    bare = value.replace(style[1], "") if style[1] else value
    return bare.replace(",", ".")


def is_bic(text: str) -> bool:
    """ISO 9362: four letters, a country, two or five more. It has no check digit. XB, as in our examples, is nobody's country."""
    return re.fullmatch(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", text) is not None and (
        text[4:6] == "XB" or text[4:6] in load_countries()
    )


_ZONES = available_timezones()
_CHECKS = {
    "iban": lambda text: normalise("iban", text) is not None,
    "bic": is_bic,
    "phone": lambda text: re.fullmatch(r"\+[1-9]\d{6,14}", re.sub(r"[\s().-]", "", text)) is not None,
    "email": lambda text: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None,
    "card": is_card_number,
    "currency": lambda text: text in load_currencies(),
    "country": lambda text: text in load_countries(),
    "zone": lambda text: text in _ZONES,
    "eth": lambda text: chain_of(text) == "ETH",
    "btc": lambda text: chain_of(text) == "BTC",
    "hash": lambda text: re.fullmatch(r"(0x)?[0-9A-Fa-f]{64}", text) is not None,
    "sign": lambda text: text.upper() in {"D", "C", "DR", "CR", "DBIT", "CRDT", "DEBIT", "CREDIT", "K", "H", "S"},
    "digits": str.isdecimal,
    "code": lambda text: len(text) <= 24 and " " not in text.strip(),
}
