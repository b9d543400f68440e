"""Country packs: they stand on another pack, change what its rules ask for, switch rules off and on, and add their own. Data only, as every pack.

A changed rule carries both versions, as ``1.1+ph-1.0``, so that a finding says which numbers it was held against.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from bakau.errors import PackError, Place
from bakau_analytics.indicators.pack import (
    Case,
    Code,
    Exclusion,
    Parameter,
    Points,
    Published,
    Rail,
    Rule,
    RuleId,
    Strict,
    Version,
    line_of,
    say_problems,
)
from bakau_analytics.indicators.units import find_wrong_unit

PackName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,30}$")]


class Change(Strict):
    """Other numbers or words for a rule of the pack it stands on, and why; what is not named stays. New cases replace the old ones."""

    rule: RuleId
    why: str = Field(min_length=1)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    title: str | None = None
    points: Points | None = None
    source: Published | None = None
    default_of_ours: bool | None = None
    exclusions: tuple[Exclusion, ...] | None = None
    channels: tuple[Rail, ...] | None = None
    threshold_text: str | None = None
    runbook: str | None = None
    benign: tuple[str, ...] | None = None
    cases: tuple[Case, ...] | None = None


class Switch(Strict):
    """A rule that does not speak in this country, or one that speaks only where it is switched on, and why."""

    rule: RuleId
    why: str = Field(min_length=1)


class Fact(Strict):
    """Something published about a country that no rule computes with: who its FIU is, how reports are made, what is known of corridors and sums."""

    about: Literal["fiu", "report", "corridor", "amount", "channel", "law", "nothing"]
    says: str = Field(min_length=1)
    publication: str = Field(min_length=1)
    address: str = ""
    grade: Literal["V", "S", "M", "K", "D"]

    @property
    def text(self) -> str:
        """One line for people, with its source."""
        return f"{self.says} ({self.publication} [{self.grade}]{f' {self.address}' if self.address else ''})"


class CountryPack(Strict):
    """The head of a pack that stands on another one; its own rules are read as those of every pack. No country: it is a switch for any."""

    pack: PackName
    version: Version
    extends: PackName
    country: Code | None = None
    title: str
    facts: tuple[Fact, ...] = ()
    changes: tuple[Change, ...] = ()
    switched_off: tuple[Switch, ...] = ()
    switched_on: tuple[Switch, ...] = ()
    rules: tuple[object, ...] = ()


def parse_country(file: str, text: str, document: dict[str, object]) -> CountryPack:
    """The head of a country pack. PackError with file, line and field when it is wrong."""
    try:
        return CountryPack.model_validate(document)
    except ValidationError as error:
        field = next((str(part) for part in error.errors()[0]["loc"]), "")
        raise PackError(say_problems(error), at=Place(file, line_of(text, field) if field else None)) from error


def apply(base: dict[str, Rule], country: CountryPack, own: list[Rule], *, file: str, text: str) -> dict[str, Rule]:
    """The rules in force: those of `base`, changed and switched off as `country` says, and its `own`.

    PackError with file and line for a rule that is not there, is named twice, or does not hold together after the change.
    """
    switches = [*country.switched_off, *country.switched_on]
    named = [change.rule for change in country.changes] + [switch.rule for switch in switches]
    for name in named:
        if name not in base:
            raise PackError(f"{name} is no rule of the pack {country.extends}", at=Place(file, line_of(text, name)))
        if named.count(name) > 1:
            raise PackError(f"{name} is changed or switched twice", at=Place(file, line_of(text, name)))
    for switch in country.switched_on:
        if base[switch.rule].enabled:
            raise PackError(f"{switch.rule} speaks already: nothing to switch on", at=Place(file, line_of(text, switch.rule)))
    for rule in own:
        if rule.id in base:
            raise PackError(f"{rule.id} is a rule of the pack {country.extends}: change it", at=Place(file, line_of(text, rule.id)))
    switched_off = {off.rule for off in country.switched_off}
    rules = {name: rule for name, rule in base.items() if name not in switched_off}
    for change in country.changes:
        rules[change.rule] = _changed(rules[change.rule], change, country, at=Place(file, line_of(text, change.rule)))
    on = {switch.rule: rules[switch.rule].model_copy(update={"enabled": True}) for switch in country.switched_on}
    return rules | on | {rule.id: rule for rule in own}


def _changed(rule: Rule, change: Change, country: CountryPack, *, at: Place) -> Rule:
    unknown = sorted(set(change.parameters) - set(rule.parameters))
    if unknown:
        raise PackError(f"{rule.id} has no parameter {', '.join(unknown)}", at=at)
    for name, value in change.parameters.items():
        if type(value) is not type(rule.parameters[name]):
            raise PackError(f"{rule.id}: {name} is of another kind than in the pack {country.extends}", at=at)
    words = change.model_dump(exclude={"rule", "why", "parameters"}, exclude_none=True, by_alias=True)
    stated = rule.model_dump(by_alias=True) | words
    stated |= {"parameters": rule.parameters | change.parameters, "version": f"{rule.version}+{country.pack}-{country.version}"}
    if wrong := find_wrong_unit(change.parameters):
        raise PackError(f"{rule.id}: {wrong}", at=at)
    try:
        changed = Rule.model_validate(stated)
        changed.sql()
    except ValidationError as error:
        raise PackError(f"{rule.id}: {say_problems(error)}", at=at) from error
    except PackError as error:
        raise PackError(error.message, at=at) from error
    return changed
