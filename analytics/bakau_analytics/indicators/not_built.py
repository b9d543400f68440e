"""The published catalogue of red flags against what there is: which of its rows no rule looks for, and why. Data, as the rules are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bakau.errors import PackError, Place
from bakau.plain_yaml import read_yaml
from bakau_analytics.indicators.pack import Classes, RuleId, Strict, line_of, parse_entry

FILE = "not_built.yaml"
Group = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
#: What a row that is not built waits for, in words.
WAITS_FOR = {
    "not_yet": "not built yet",
    "customers": "for facts about customers",
    "list": "for an external list or tags",
    "texts": "for words of payments",
    "devices": "for devices and sessions",
}


class NotBuilt(Strict):
    """A published row without a rule: its class, what it waits for, and why in one sentence."""

    id: RuleId
    rule_class: Classes = Field(alias="class")
    lacks: Literal["not_yet", "customers", "list", "texts", "devices"]
    title: str = Field(min_length=1)
    reason: str = Field(min_length=1)

    @property
    def waits_for(self) -> str:
        """What it waits for, in words."""
        return WAITS_FOR[self.lacks]

    def as_object(self) -> dict[str, str]:
        """The row as an object of the documents that list rules."""
        return {"id": self.id, "class": self.rule_class, "lacks": self.lacks, "title": self.title, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every published row by id, and those without a rule, both in the catalogue's order."""

    published: tuple[str, ...]
    not_built: tuple[NotBuilt, ...]

    def describe(self) -> str:
        """How many rows have no rule, by what they wait for, in one line."""
        counts = Counter(row.waits_for for row in self.not_built)
        return f"{len(self.not_built)} of {len(self.published)} published rows have no rule: " + ", ".join(
            f"{count} {words}" for words, count in counts.most_common()
        )


@cache
def load_catalogue() -> Catalogue:
    """The catalogue as shipped. PackError with file and line when something is wrong with it."""
    return parse_catalogue(FILE, (files("bakau_analytics.indicators") / FILE).read_text(encoding="utf-8"))


class _Head(Strict):
    published: dict[Group, Annotated[int, Field(gt=0, lt=100)]]
    not_built: tuple[object, ...]


def parse_catalogue(file: str, text: str) -> Catalogue:
    """The catalogue of a YAML text. PackError with file and line for an unknown field, a row twice, or a row that was never published."""
    head = parse_entry(_Head, file, text, read_yaml(file, text, what="the catalogue", error=PackError).document)
    published = tuple(f"{group}-{number:02d}" for group, count in head.published.items() for number in range(1, count + 1))
    rows = [parse_entry(NotBuilt, file, text, entry) for entry in head.not_built]
    names = [row.id for row in rows]
    for name in names:
        at = Place(file, line_of(text, f"id: {name}"))
        if name not in published:
            raise PackError(f"{name} is no row of the catalogue", at=at)
        if names.count(name) > 1:
            raise PackError(f"{name} stands here twice", at=at)
    return Catalogue(published, tuple(sorted(rows, key=lambda row: published.index(row.id))))
