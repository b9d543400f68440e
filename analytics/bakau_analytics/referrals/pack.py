"""The victim rules: data of their own kind, without points, so that no code path can add one up.

A rule names one of the SQL texts in ``detectors/``, which says which transfers of a protected account are a sign. It knows no points, no
role but *victim*, and no threshold that a score could be made of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bakau.errors import PackError, Place
from bakau_analytics.indicators.pack import (
    ANY_RAIL,
    HEAD,
    Classes,
    Code,
    Published,
    Rail,
    RuleId,
    Strict,
    Version,
    check_rails,
    line_of,
    load_detector,
    parse_entry,
    read_document,
)

FILE = "victim.yaml"


class VictimPayment(Strict):
    """One transfer of a case: from, to, when (a date alone or a time in UTC), amount, rail, countries."""

    src: str
    dst: str
    at: str
    amount: int | None = None
    channel: str = "bank"
    src_country: Code | None = None
    dst_country: Code | None = None


class VictimCase(Strict):
    """What the rule must say about one account: a sign or none, given some payments, who is protected, who is kin, what was opened when."""

    title: str
    account: str
    expect: Literal["sign", "no_sign"]
    payments: tuple[VictimPayment, ...] = Field(min_length=1)
    protected: tuple[str, ...]
    same_holder: tuple[tuple[str, str], ...] = ()
    opened: dict[str, str] = Field(default_factory=dict)
    merchants: tuple[str, ...] = ()


class VictimRule(Strict):
    """One sign that somebody may need protection. It opens a referral and never a finding.

    `age_unknown`: it speaks of people whose age nobody stated, too; they stand in review until somebody establishes it.
    """

    id: RuleId
    version: Version
    title: str
    role: Literal["victim"]
    crime_types: tuple[str, ...]
    channels: tuple[Rail, ...] = ANY_RAIL
    rule_class: Classes = Field(alias="class")
    detector: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    parameters: dict[str, int]
    looks_for: str
    default_of_ours: bool
    age_unknown: bool
    source: Published
    benign: tuple[str, ...] = Field(min_length=1)
    runbook: str
    cases: tuple[VictimCase, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _check(self) -> VictimRule:
        if {case.expect for case in self.cases} != {"sign", "no_sign"}:
            raise ValueError(f"{self.id}: needs at least a positive and a negative case")
        if any(case.account not in case.protected for case in self.cases if case.expect == "sign"):
            raise ValueError(f"{self.id}: only a protected account can be referred")
        check_rails(self.channels)
        return self

    def sql(self) -> str:
        """The detector's text with this rule's numbers: a SELECT (account_key, transfer_id, ts_us)."""
        text = load_detector(self.detector, "bakau_analytics.referrals")
        wanted = set(re.findall(r"\{([a-z_0-9]+)\}", text))
        if wanted != set(self.parameters):
            raise PackError(f"{self.id}: parameters missing or unknown: {', '.join(sorted(wanted ^ set(self.parameters)))}")
        return text.format_map(self.parameters)


class NotComputed(Strict):
    """A published sign that is not computed, and why."""

    id: RuleId
    title: str
    rule_class: Classes = Field(alias="class")
    source: Published
    reason: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class VictimPack:
    """The rules in order of id, and the published signs that are not computed."""

    rules: tuple[VictimRule, ...]
    not_computed: tuple[NotComputed, ...]


@cache
def load_victim_pack() -> VictimPack:
    """The shipped rules. PackError with file and line when something is wrong with them."""
    text = (files("bakau_analytics.referrals") / FILE).read_text(encoding="utf-8")
    return parse_victim_pack(FILE, text)


def parse_victim_pack(file: str, text: str) -> VictimPack:
    """The rules of a YAML text. PackError with file and line for whatever is wrong."""
    document = read_document(file, text, head=HEAD | {"not_computed"})
    rules = [parse_entry(VictimRule, file, text, entry) for entry in _entries(document, "rules")]
    rest = [parse_entry(NotComputed, file, text, entry) for entry in _entries(document, "not_computed")]
    names = [*(one.id for one in rules), *(one.id for one in rest)]
    for name in names:
        if names.count(name) > 1:
            raise PackError(f"{name} stands here twice", at=Place(file, line_of(text, f"id: {name}")))
    for rule in rules:
        rule.sql()
    return VictimPack(tuple(sorted(rules, key=lambda one: one.id)), tuple(sorted(rest, key=lambda one: one.id)))


def _entries(document: dict[str, object], name: str) -> list[object]:
    found = document.get(name, [])
    return found if isinstance(found, list) else []
