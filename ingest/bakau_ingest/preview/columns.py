"""Which column is what: names first, contents as a check on them and as help where a name says nothing. What is open is a question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bakau.money import load_currencies
from bakau_ingest.preview.contents import Held, look_at
from bakau_ingest.preview.names import Said, read_name

#: Topics whose answer is no choice: a code, a number.
FREE = frozenset({"currency", "own"})


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can say: the topic (as `--answer TOPIC=VALUE` names it), the question and the possible answers."""

    topic: str
    text: str
    options: tuple[str, ...]

    @property
    def may_be_answered(self) -> bool:
        """Does an answer settle it? One that none can settle says what to do with the file first."""
        return bool(self.options) or self.topic in FREE


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it was taken for; an empty concept means that nobody knows."""

    name: str
    concept: str
    why: str
    held: Held


_DATES = frozenset({"ts", "value_date", "birth_date", "opened", "src_birth_date", "dst_birth_date"})
_NUMBERS = frozenset({"amount", "debit", "credit", "balance", "fee"})


def assign(header: tuple[str, ...], cells: dict[str, list[str]]) -> list[Column]:
    """Every column with its concept. A name that its contents contradict counts for nothing."""
    held = {name: look_at(cells[name]) for name in header}
    said = {name: read_name(name) for name in header}
    found: dict[str, tuple[str, str, int]] = {}
    for name in header:
        concept, why, weight = _of_name(said[name], held[name])
        if concept and _contradicts(concept, held[name]):
            concept, why, weight = "", "", 0
        if not concept:
            concept, why, weight = _of_contents(held[name])
        found[name] = (concept, why, weight)
    _settle_twins(found, held)
    return [Column(name, found[name][0], found[name][1], held[name]) for name in header]


def _of_name(said: Said | None, held: Held) -> tuple[str, str, int]:
    if said is None:
        return "", "", 0
    concept = said.concept
    if concept in {"src_party", "dst_party", "party"} and (held.is_mostly("iban") or held.is_mostly("phone") or held.is_mostly("eth")):
        concept = {"src_party": "src", "dst_party": "dst"}.get(concept, "account")
    if concept in {"src_phone", "dst_phone", "phone"} and not held.is_mostly("phone") and not held.is_mostly("digits"):
        return "", "", 0
    return concept, "name", said.weight


def _contradicts(concept: str, held: Held) -> bool:
    """Do the values say that the name cannot mean this?"""
    if not held.values:
        return False
    if concept in _DATES:
        return not held.formats
    if concept in _NUMBERS:
        return not held.styles
    if concept == "currency":
        return not held.is_mostly("currency")
    if concept.endswith("country"):
        return not held.is_mostly("country")
    if concept.endswith("zone"):
        return not held.is_mostly("zone")
    return concept in {"src", "dst", "account", "reference"} and bool(held.formats) and not held.is_mostly("digits")


def _of_contents(held: Held) -> tuple[str, str, int]:
    """What values alone say, where they say it beyond doubt."""
    for check, concept in (
        ("iban", "account"),
        ("eth", "account"),
        ("btc", "account"),
        ("hash", "reference"),
        ("zone", "zone"),
        ("email", "email"),
        ("phone", "phone"),
    ):
        if held.is_mostly(check):
            return concept, f"contents ({check})", 0
    if held.is_mostly("currency") and held.values:
        return "currency", "contents (codes of currencies)", 0
    return "", "", 0


def _settle_twins(found: dict[str, tuple[str, str, int]], held: dict[str, Held]) -> None:
    """One column per concept: the better-named stays, one filled by contents only gives way; equals stay both and become a question."""
    by_concept: dict[str, list[str]] = {}
    for name, (concept, _, _) in found.items():
        by_concept.setdefault(concept, []).append(name)
    for concept, names in by_concept.items():
        if not concept or len(names) < 2 or concept == "account":
            continue
        best = max(names, key=lambda name: (found[name][2], held[name].filled))
        for name in names:
            if name != best and (found[name][2], held[name].filled) < (found[best][2], held[best].filled):
                found[name] = ("", "", 0)


def currency_of_name(name: str) -> str | None:
    """A currency that the name of an amount ends or begins with: ``Amount (EUR)``, ``jumlah_idr``."""
    for word in reversed(re.findall(r"[A-Za-z]{3,4}", name)):
        if word.upper() in load_currencies() and (word.isupper() or "_" in name):
            return str(word.upper())
    return None
