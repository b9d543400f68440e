"""What differs between two sets of rules, field by field, as people compare them: numbers, words, sources; never their test cases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import PackSet, Rule


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one rule in two packs, as text; null where a pack lacks the rule or the field."""

    rule: str
    field: str
    one: str | None
    other: str | None


#: The field that stands for a whole rule which one of the two packs lacks.
WHOLE = "rule"


def compare(one: PackSet, other: PackSet) -> list[Difference]:
    """Every difference, by rule and field; a rule that only one of them has is one difference, told by its title."""
    left, right = ({rule.id: rule for rule in packs.rules} for packs in (one, other))
    found: list[Difference] = []
    for name in sorted({*left, *right}):
        if name not in left or name not in right:
            found.append(Difference(name, WHOLE, left[name].title if name in left else None, right[name].title if name in right else None))
            continue
        fields, others = _fields(left[name]), _fields(right[name])
        found += [
            Difference(name, field, fields.get(field), others.get(field))
            for field in sorted({*fields, *others})
            if fields.get(field) != others.get(field)
        ]
    return found


def _fields(rule: Rule) -> dict[str, str]:
    """The fields of a rule as text, each parameter apart; its cases left out."""
    stated = rule.model_dump(mode="json", exclude={"cases", "parameters"}, by_alias=True)
    fields = {name: _text(value) for name, value in stated.items()}
    return fields | {f"parameters.{name}": _text(value) for name, value in rule.model_dump(mode="json")["parameters"].items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
