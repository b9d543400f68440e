"""What a column's name says: words in six languages, from ``words.csv`` (a list of ours; every phrase is a default to add to)."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Concepts that say whose end of a payment is meant, and things that have one.
SIDES = {"SRC": "src", "DST": "dst"}
SIDED = frozenset({"account", "name", "party", "country", "outlet", "zone", "birth_date", "phone", "email", "institution"})
#: Languages in which words are not set apart by spaces.
_RUNNING = frozenset({"th"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a name says: the thing, the end of the payment (``src``, ``dst`` or nothing), and how much of the name that explains."""

    thing: str
    side: str
    weight: int

    @property
    def concept(self) -> str:
        """The concept in one word: ``src_country``, ``amount``; an account of one side is called by the side alone."""
        if self.side and self.thing in SIDED:
            return self.side if self.thing == "account" else f"{self.side}_{self.thing}"
        return self.thing


def plain(name: str) -> str:
    """A name without case, accents (of Latin letters) and signs, words apart by one space."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    text = "".join(mark for mark in unicodedata.normalize("NFD", apart.replace("đ", "d").replace("Đ", "D").lower()) if not _is_accent(mark))
    return (
        re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text)).strip()
        if not _has_thai(text)
        else re.sub(r"[\s_/.()-]+", " ", text).strip()
    )


def _within(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _is_accent(mark: str) -> bool:
    return unicodedata.combining(mark) > 0 and not "\u0e00" <= mark <= "\u0e7f"


def _has_thai(text: str) -> bool:
    return any("\u0e00" <= mark <= "\u0e7f" for mark in text)


@cache
def load_words() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(concept, phrase, pattern), longest phrases first."""
    text = (files("bakau_ingest") / "preview" / "words.csv").read_text(encoding="utf-8")
    found = []
    for row in csv.DictReader(text.splitlines()):
        for phrase in row["phrases"].split("|"):
            bare = plain(phrase)
            edge = "" if row["language"] in _RUNNING else r"(?:^|(?<= ))", r"(?:$|(?= ))"
            pattern = re.escape(bare) if not edge[0] else edge[0] + re.escape(bare) + edge[1]
            found.append((row["concept"], bare, re.compile(pattern)))
    return tuple(sorted(found, key=lambda one: (-len(one[1]), one[0], one[1])))


def read_name(name: str) -> Said | None:
    """What a column's name says; None when no word of it is known."""
    text = plain(name)
    hits = [(concept, match.span()) for concept, _, pattern in load_words() for match in pattern.finditer(text)]
    things = [(concept, span) for concept, span in hits if concept not in SIDES]
    sides = [(SIDES[concept], span) for concept, span in hits if concept in SIDES]
    # "customer name" and "id of the device" are no customer numbers: whatever else stands there says more
    other = [one for one in things if one[0] != "party" and not any(_within(one[1], span) for thing, span in things if thing == "party")]
    best = max(other or things, key=lambda one: (one[1][1] - one[1][0], one[0] in SIDED), default=None)
    if best is None:
        whole = {side for side, span in sides}
        return Said("account", whole.pop(), len(text)) if len(whole) == 1 else None
    thing, span = best
    free = {side for side, other in sides if other[1] <= span[0] or other[0] >= span[1]}
    side = free.pop() if len(free) == 1 else ""
    if thing not in SIDED and side and thing not in {"amount", "ts", "opened", "type", "purpose", "currency", "reference", "status", "fee"}:
        side = ""
    return Said(thing, side, span[1] - span[0])
